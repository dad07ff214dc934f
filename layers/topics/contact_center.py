"""The contact center (311): how its calls, messages and surveys went, as its own systems add them up. No household."""

from layers.measures import Kind, Measure, Regime
from layers.topics.topic import Field, FieldType, Group, Topic

CHANNELS: dict[str, str] = {
    "phone": "Phone",
    "chat": "Chat",
    "email": "E-mail",
    "text": "Text message",
    "web": "Web form",
    "app": "App",
    "social": "Social media",
    "in_person": "In person",
    "other_channel": "Another way",
}
"""Ways to reach the center, as they are published."""

LANGUAGES: dict[str, str] = {
    "english": "English",
    "spanish": "Spanish",
    "arabic": "Arabic",
    "armenian": "Armenian",
    "burmese": "Burmese",
    "chinese": "Chinese",
    "french": "French",
    "haitian_creole": "Haitian Creole",
    "hindi": "Hindi",
    "hmong": "Hmong",
    "khmer": "Khmer",
    "korean": "Korean",
    "nepali": "Nepali",
    "persian": "Persian",
    "polish": "Polish",
    "portuguese": "Portuguese",
    "russian": "Russian",
    "somali": "Somali",
    "swahili": "Swahili",
    "tagalog": "Tagalog",
    "ukrainian": "Ukrainian",
    "vietnamese": "Vietnamese",
    "other_language": "Another language",
}
"""Languages in which people spoke or wrote, as they are published."""

NOT_STATED = "not_stated"
"""The category of what a feed gave no channel, or no language."""

_SOURCE = Regime.SOURCE


def _number(name: str, meaning: str) -> Field:
    return Field(name, FieldType.NUMBER, meaning)


def _time(name: str, meaning: str) -> Field:
    return Field(name, FieldType.DURATION, meaning)


def _count(name: str, title: str, unit: str, text: str) -> Measure:
    return Measure(name, title, unit, Kind.COUNT, _SOURCE, text)


def _share(name: str, title: str, text: str, over: str, *, decimals: int = 1) -> Measure:
    return Measure(name, title, "%", Kind.SHARE, _SOURCE, text, extensive=False, decimals=decimals, over=over)


def _mean(name: str, title: str, unit: str, text: str, over: str, *, decimals: int = 0) -> Measure:
    return Measure(name, title, unit, Kind.DURATION, _SOURCE, text, extensive=False, decimals=decimals, over=over)


def _cost(name: str, title: str, unit: str, text: str, over: str) -> Measure:
    return Measure(name, title, unit, Kind.RATE, _SOURCE, text, extensive=False, decimals=2, over=over)


def _stock(name: str, title: str, unit: str, text: str, *, decimals: int = 0) -> Measure:
    return Measure(name, title, unit, Kind.COUNT, _SOURCE, text, extensive=False, decimals=decimals)


CENTER_MEASURES: tuple[str, ...] = (
    "answered",
    "abandoned_share",
    "speed_of_answer",
    "wait",
    "talk_time",
    "occupancy",
    "handled",
    "first_contact_resolution",
    "response_time",
    "satisfaction",
    "complaints",
    "self_service_available",
    "self_service_deflection",
    "cost_per_call",
    "cost_per_contact",
    "turnover",
)
"""The sixteen that centers report to their councils, in the order of a page. The others are what these divide by."""

CONTACT_CENTER = Topic(
    name="contact_center",
    title="Contact center",
    summary="Calls and messages to the city's contact center: how many, how long people waited, what it cost.",
    is_not="It counts contacts, not people and not problems: one person may call three times about one streetlight.",
    protected=False,
    event_date="day",
    totals=True,
    fields=(
        Field("id", FieldType.TEXT, "What makes a row one: its day, with channel and language if it has them",
              required=True, private=True),
        Field("day", FieldType.MOMENT, "The day, or the first day of the week or month", required=True),
        Field("channel", FieldType.CHOICE, "How people reached the center", choices=tuple(CHANNELS)),
        Field("language", FieldType.CHOICE, "Language of the contact", choices=tuple(LANGUAGES)),
        _number("offered", "Calls that reached the queue"),
        _number("answered", "Calls that a person answered"),
        _number("abandoned", "Calls whose caller hung up in the queue"),
        _time("answer_time", "Time until answered calls were answered, all together"),
        _time("answer_time_average", "The same per answered call, where the system tells no total"),
        _time("wait_time", "Time in the queue of all calls, answered or not, all together"),
        _time("wait_time_average", "The same per call that reached the queue, where the system tells no total"),
        _time("talk_time", "Time that answered calls took, all together"),
        _time("talk_time_average", "The same per answered call, where the system tells no total"),
        _time("busy_time", "Time in which staff handled contacts, all together"),
        _time("staffed_time", "Time in which staff were signed in, all together"),
        _number("handled", "Contacts that staff handled, calls or messages"),
        _number("cost", "What the contacts of the row cost, dollars"),
        _number("complaints", "Complaints about the center"),
        _number("survey_answers", "People who answered the survey's question on satisfaction"),
        _number("satisfied", "Of those, the ones who were satisfied"),
        _number("checked", "Contacts of which it is known whether they settled the matter"),
        _number("resolved", "Of those, the ones that settled it at once"),
        _number("replied", "Messages that were replied to"),
        _time("reply_time", "Time until those messages were replied to, all together"),
        _number("services", "Services that the city offers on request"),
        _number("services_online", "Of those, the ones that people can ask for without staff"),
        _number("self_served", "Requests that people settled themselves, without staff"),
        _number("staff", "People who worked at the center"),
        _number("left", "People who left the center"),
    ),
    groups=(
        *(Group(key, title) for key, title in CHANNELS.items()),
        *(Group(key, title) for key, title in LANGUAGES.items()),
        Group(NOT_STATED, "Not stated"),
    ),
    measures=(
        _count("handled", "Contacts handled", "contacts",
               "Calls and messages that staff handled in the period, by the way in which they came."),
        _count("handled_by_language", "Contacts by language", "contacts",
               "Contacts of feeds that record the language. Languages of few contacts are hidden."),
        _count("offered", "Calls offered", "calls", "Calls that reached the queue in the period."),
        _count("answered", "Calls answered", "calls", "Calls that a person answered in the period."),
        _share("abandoned_share", "Calls abandoned",
               "Of the calls that reached the queue in the period: the share whose caller hung up before an answer.",
               "offered"),
        _mean("speed_of_answer", "Speed of answer", "seconds",
              "Time until answered calls were answered, divided by those calls.", "answered"),
        _mean("wait", "Wait", "seconds",
              "Time in the queue of all calls, answered or not, divided by the calls that reached the queue.",
              "offered"),
        _mean("talk_time", "Talk time", "seconds",
              "Time that answered calls took, divided by those calls.", "answered"),
        _count("staffed_hours", "Staffed hours", "hours", "Hours in which staff were signed in during the period."),
        _share("occupancy", "Occupancy",
               "Of the time in which staff were signed in: the share in which they handled contacts.",
               "staffed_hours"),
        _count("checked", "Contacts checked", "contacts",
               "Contacts of which it is known whether they settled the matter."),
        _share("first_contact_resolution", "Resolved at first contact",
               "Of the contacts of which it is known: the share that settled the matter at once.", "checked"),
        _count("replied", "Messages replied to", "messages", "Messages that were replied to in the period."),
        _mean("response_time", "Response time", "hours",
              "Time until messages were replied to, divided by those messages.", "replied", decimals=1),
        _count("survey_answers", "Survey answers", "answers",
               "People who answered the survey's question on satisfaction. Few answers are hidden."),
        _share("satisfaction", "Satisfied", "Of the people who answered the survey: the share who were satisfied.",
               "survey_answers", decimals=0),
        _count("survey_answers_by_language", "Survey answers by language", "answers",
               "People who answered the survey's question on satisfaction, by language. Few answers are hidden."),
        _share("satisfaction_by_language", "Satisfied, by language",
               "Of the people who answered the survey in a language: the share who were satisfied.",
               "survey_answers_by_language", decimals=0),
        _count("complaints", "Complaints", "complaints", "Complaints about the center in the period."),
        _stock("services", "Services on request", "services",
               "Services that the city offers on request, averaged over the period."),
        _share("self_service_available", "Self-service available",
               "Of the services that the city offers on request: the share that people can ask for without staff.",
               "services"),
        _count("contacts_and_self_service", "Contacts and self-service", "contacts",
               "Contacts that staff handled, and requests that people settled themselves."),
        _share("self_service_deflection", "Settled by self-service",
               "Of contacts and self-service together: the share that people settled themselves, without staff.",
               "contacts_and_self_service"),
        _cost("cost_per_call", "Cost per call", "dollars per call",
              "What the phone cost in the period, divided by the calls answered.", "answered"),
        _cost("cost_per_contact", "Cost per contact", "dollars per contact",
              "What contacts cost in the period, divided by the contacts handled, by the way in which they came.",
              "handled"),
        _stock("staff", "Staff", "people", "People who worked at the center, averaged over the period.", decimals=1),
        _share("turnover", "Staff turnover, a year",
               "People who left in the period, divided by the staff, times the periods of a year.", "staff"),
    ),
    caveats=(
        "Counted by the center's own systems, shown as received; what they left blank is not reported, never zero.",
        "A period of which some days or months are not reported says so: its counts are of the rest alone.",
        "Times are totals divided by calls, never averages of averages.",
        "A week counts for the month, quarter and year in which its Thursday lies, where a feed tells only weeks.",
        "Calls are not conditions: people who do not call are not in it, and languages are those the center recorded.",
    ),
)  # fmt: skip
