"""What the publishing program writes into releases, in English: the portal says it in other languages."""

from portal.language import N_

PATTERNS = (
    N_("Shapes with figures for {year}, by {at}"),
    N_("{places} are not offered: every figure about homes is a sum of zones that were fixed beforehand, and the borders of {same} cut through zones. Figures for both could be subtracted from each other until a single home stands out."),  # noqa: E501 - as it is published
    N_("This release has no figures by {at}."),
    N_("The source counted {same} by another geography. Its counts are shown as received and never spread over other places."),  # noqa: E501 - as it is published
    N_("{help} Estimated: the source counted other areas, and their counts are spread over these in proportion to the homes that both share. The range says how far off that may be."),  # noqa: E501 - as it is published
    N_("{measure}, divided by {homes} (public figure), times 1,000."),
    N_("{measure} (estimated from other areas)"),
    N_("Rates are per 1,000 {homes}: {source}."),
    N_("per 1,000 {homes}"),
    N_("{measure} per 1,000 {homes}"),
    N_("Small zones of at least {homes} homes"),
    N_("Zones of at least {homes} homes"),
    N_("Large zones of at least {homes} homes"),
    N_("{place}, zone {number}"),
    N_("{place}, large zone {number}"),
    N_("{place}, small zone {number}"),
    N_("{source}: counted by {publisher} by {place}; shown as received. Where the source is blank, the figure is not reported; it is never taken for zero."),  # noqa: E501 - as it is published
    N_("Counts are exact, not measured with noise. A count below {threshold} is hidden, and so is a further one where it would give a hidden one away; a hidden count is therefore not always small."),  # noqa: E501 - as it is published
    N_("Putting together every answer about one home in one year ({topic} {year}, all tiers) leaves random noise of {sigma} homes; {least} is the least that was declared. {gain}"),  # noqa: E501 - as it is published
    N_("Each of {count} totals fits the sum of its categories; subtracting the shown ones from it gives nothing but further protected figures."),  # noqa: E501 - as it is published
    N_("All {count} figures stand on {places} places made of the same zones: subtracting one place from another leaves whole zones, never a sliver."),  # noqa: E501 - as it is published
    N_("Of {count} hidden counts none could be narrowed by solving all published sums together."),
    N_("Each of {count} totals fits the sum of its parts; {whole} have no hidden part and agree to the last home. What is left over elsewhere is a protected figure like every other."),  # noqa: E501 - as it is published
    N_("No row, zone or file is missing or added in {rows} rows and {files} files: which rows there are was fixed before any record was read."),  # noqa: E501 - as it is published
    N_("{count} figures were published, {twice} of them in more than one release, each time with the same value; {explained} differ for a reason that the release states. Nothing was told before its period had closed."),  # noqa: E501 - as it is published
    N_("{count} figures were published, {twice} of them in more than one release, each time with the same value. Nothing was told before its period had closed."),  # noqa: E501 - as it is published
    N_("Of {count} figures in tables and downloads none is below its floor, and the {hidden} that are too small to show are hidden in every file alike."),  # noqa: E501 - as it is published
    N_("Of {count} pairs of figures that must not share their noise, {equal} are equal; chance alone may make up to about {expected} equal. Comparing them removes no noise."),  # noqa: E501 - as it is published
    N_("Only whole months, quarters and years of the calendar are told, so no two windows differ by a piece; {apart} of {count} longer ones disagree with the shorter ones inside them beyond their margins. Each was measured once, at its own time and with its own noise, and records may be corrected in between."),  # noqa: E501 - as it is published
    N_("Only whole months, quarters and years of the calendar are told, so no two windows differ by a piece; {count} longer ones agree with the shorter ones inside them as far as their margins go."),  # noqa: E501 - as it is published
    N_("In the smallest places a figure proves at most that it happened to {share} of the homes."),
    N_("{count} findings in releases that were taken back; {rest}"),
    N_("{said} (Said of the public figures alone; the partners' were attacked with them.)"),
    N_("{source}: totals of {grains} from {publisher}, shown as received. Of {due} {units} that were due, {missing} were not reported; they are never taken for zero."),  # noqa: E501 - as it is published
    N_("{source}: totals of {grains} from {publisher}, shown as received. All {due} {units} that were due were reported."),  # noqa: E501 - as it is published
    N_("{source}: a count below {threshold} of a language or of survey answers is hidden, and so is a further one where it would give a hidden one away. A count that was published stays as it was published."),  # noqa: E501 - as it is published
    N_("{source}: {grains} that were due"),
    N_("{source}: {grains} that were reported"),
    N_("{source}: rows left out. {reason}"),
    N_("Rows left out. {reason}"),
    N_("{category}; {other}"),
)  # fmt: skip
"""Sentences that the publishing program fills in; the last, widest patterns come last."""

SAID = (
    N_("days"), N_("weeks"), N_("months"),
    N_("Its figures are totals of the whole city: the systems that count them do not know where a caller lives."),
    N_("this release adds nothing to them."),
    N_("there is no certificate"), N_("the certificate is not signed"),
    N_("the signature does not belong to the certificate"),
    N_("All"), N_("City"), N_("Whole city"), N_("homes"), N_("residential units of the public address file"),
    N_("Census tract"), N_("Census tracts"), N_("Council district"), N_("Council districts"), N_("District"),
    N_("Districts"), N_("Neighborhood"), N_("Neighborhoods"), N_("ZIP code"), N_("ZIP codes"), N_("Ward"), N_("Wards"),
    N_("Community area"), N_("Community areas"), N_("Borough"), N_("Boroughs"), N_("Community district"),
    N_("Community districts"), N_("Census block group"), N_("Census block groups"), N_("neighborhood"), N_("district"),
    N_("zip"), N_("tract"), N_("Zone"), N_("Large zone"), N_("Small zone"), N_("Hexagon"), N_("Hexagons"),
    N_("Large hexagon"), N_("Small hexagon"), N_("Large hexagons (about 5 km²)"), N_("Hexagons (about 0.7 km²)"),
    N_("Small hexagons (about 0.1 km²)"), N_("Made from public homes"),
    N_("Every row of this release"), N_("The areas and the city, without cells"),
    N_("Which cell belongs to which zone, in which years"), N_("Which share of the homes of one area lies in another"),
    N_("Records that are counted"), N_("Rows that the source sent"), N_("records"), N_("rows"),
    N_("From the newest record to the day of the release"),
    N_("From the record to the day of the release, median of the last year's records"),
    N_("From the record to the day of the release, nine in ten of the last year's records"),
    N_("Dispositions"), N_("Scheduled"),
    N_("Homes that could be placed in a zone"),
    N_("Homes active in more months of the year than are counted"),
    N_("Placed by the coordinates the source gave"),
    N_("Placed by coordinates given the wrong way around and turned back"),
    N_("Placed by coordinates given in another system and converted"),
    N_("Placed by matching the address"),
    N_("Placed by matching the address as the postal service would write it"),
    N_("Placed by an outside address service"),
    N_("Placed by the area the source named"),
    N_("Not placed on the map; counted for the city only"),
    N_("Not placed: the coordinates are zero"),
    N_("Not placed: the coordinates are where the agency puts what it cannot place"),
    N_("Not placed: too many unlike records have the very same coordinates"),
    N_("Not placed: latitude and longitude are swapped"),
    N_("Not placed: the coordinates are feet or meters, not degrees"),
    N_("Not placed: the coordinates lie outside the city"),
    N_("No lawyer known"), N_("no lawyer known"), N_("Tenant had a lawyer"), N_("tenant had a lawyer"),
    N_("Every figure is a sum of tables that were measured once."),
    N_("Every figure is a sum of tables that were measured once. No attacks were run on this release."),
    N_("There is no noisy figure to average."), N_("Averaging gains nothing beyond that."), N_("Averaging gains."),
    N_("No figure is told apart by category."), N_("There was no total with parts to subtract."),
    N_("No exact count about homes is hidden anywhere, so there was nothing to solve."),
    N_("There were no two figures to compare."),
    N_("Not stated"), N_("The source does not say what followed."),
    N_("Other or not stated"),
    N_("Dismissed where the source does not say that the tenant appeared, or an ending that it does not state."),
)  # fmt: skip
"""Whole texts of the publishing program."""
