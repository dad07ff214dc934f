"""`/privacy/certificate/<topic>[/<release>]`: what was tried against a release, what protects it, how to check it."""

from typing import Any

from dash.development.base_component import Component

from layers.certificate import Certificate
from layers.release import Manifest
from layers.store.reader import Release
from portal.certificate import tables
from portal.certificate.certified import Certified, certified
from portal.certificate.tables import percent
from portal.frame.elements import html
from portal.frame.page import Body, Page, Visit
from portal.frame.parts import day, fold, icon, note
from portal.language import N_, _, _n, link, number, woven
from portal.words.released import inside, told
from portal.words.wording import count_text, list_text, moment_text


def layout(visit: Visit) -> Body:
    """Three sentences first, then what was tried, what it costs, and how to check it."""
    release = _release(visit)
    assert release is not None, "the page exists only where the release does"
    found = certified(visit.releases.folder, release)
    manifest = release.manifest
    head = [
        html.P(html.A(_("Privacy: how households are protected"), href=link("/privacy")), className="eyebrow"),
        html.H1(_("Certificate: {topic}", topic=inside(manifest.title))),
        _earlier(visit, manifest),
    ]
    if found.certificate is None:
        return html.Div([*head, *_without(manifest, found)], className="certificate")
    return html.Div([*head, *_with(visit, manifest, found, found.certificate)], className="certificate")


def _with(visit: Visit, manifest: Manifest, found: Certified, certificate: Certificate) -> list[Any]:
    return [
        _verdict(certificate, found),
        _facts(manifest, certificate, found),
        _tried(certificate) if certificate.protected else None,
        *(_protection(certificate, manifest) if certificate.protected else []),
        _exactness(certificate, manifest),
        _people(certificate) if certificate.protected else None,
        _check(visit, certificate),
        _technical(certificate),
    ]


# ---- the first three sentences ----


def _verdict(certificate: Certificate, found: Certified) -> Component:
    mark = ("check", _("Passed")) if found.holds else ("caution", _("Cannot be confirmed at this moment"))
    return html.Section(
        [
            html.P([icon(mark[0]), mark[1]], className=f"verdict-word verdict-{'pass' if found.holds else 'doubt'}"),
            html.Ul([html.Li(each) for each in _sentences(certificate, found)], className="verdict-says"),
        ],
        className="verdict",
        **{"aria-label": _("The certificate in short")},
    )


def _sentences(certificate: Certificate, found: Certified) -> list[str]:
    ways, figures = len(certificate.audit.attacks), count_text(certificate.audit.figures)
    if not certificate.protected:
        nothing = _(
            "No figure of this release is about a home, so there is nothing in it that could point at one. It was "
            "checked all the same before it was published, and nothing was found."
        )
        return [nothing, _signed(found)]
    attacked = _(
        "Before this release was published it was attacked in {ways} ways, on {figures} figures, together with "
        "everything published before. No attack learned anything about a home.",
        ways=ways,
        figures=figures,
    )
    return [attacked, _signed(found), _guess(certificate)]


def _signed(found: Certified) -> str:
    if found.holds:
        return _("The city signed that. This page checked the signature just now, and it holds.")
    return _(
        "This page checked the signature just now, and could not confirm it: {problem}. Until that is cleared "
        "up, rely on other releases.",
        problem=found.problem,
    )


def _guess(certificate: Certificate) -> str:
    own = tables.own_limit(certificate)
    if certificate.mode == "exact" or own is None:
        return _(
            "The owner of these records chose exact counts. Someone who knows all records but one could be certain "
            "about the last one."
        )
    return _(
        "Someone who knows everything about every other home, and reads all figures of this topic about one year, can "
        "be right about your home at most {share} of the time. Tossing a coin is right {coin} of the time.",
        share=percent(own.best_guess),
        coin=percent(0.5),
    )


def _facts(manifest: Manifest, certificate: Certificate, found: Certified) -> Component:
    releases = sum(each.releases for each in certificate.audit.together_with)
    state = _("holds, checked just now") if found.holds else _("not confirmed: {problem}", problem=found.problem)
    facts: list[tuple[str, Any]] = [
        (_("As of"), day(manifest.as_of)),
        (_("Release"), html.Span(certificate.release, className="mono")),
        (_("Certified"), f"{moment_text(certificate.made_at)} UTC"),
        (_("Signature"), state),
        (_("Attacked together"), _n("{n} release", "{n} releases", releases)),
        (_("Homes found"), str(certificate.audit.findings)),
    ]
    if certificate.protected:
        facts += _facts_of_protection(certificate)
    return html.Dl([html.Div([html.Dt(name), html.Dd(value)]) for name, value in facts], className="facts")


def _facts_of_protection(certificate: Certificate) -> list[tuple[str, Any]]:
    zone = certificate.smallest_zone_homes
    over = [f"{each.year}: {_share(each.percent)}" for each in certificate.over_cap]
    return [
        (_("Smallest zone"), _n("{n} home", "{n} homes", zone) if zone is not None else _("no zones")),
        (_("Not shown below"), _("{count} homes", count=certificate.floor)),
        *(
            [(_("A home counts in at most"), _("{count} months a year", count=certificate.month_cap))]
            if certificate.mode != "exact"
            else []
        ),
        *([(_("Homes active in more months"), list_text(over))] if over else []),
    ]


def _share(value: float | None) -> str:
    return _("too few to say") if value is None else percent(value / 100)


# ---- the parts ----


def _tried(certificate: Certificate) -> Component:
    return html.Section(
        [
            html.H2(_("What was tried")),
            html.P(
                _(
                    "We attack our own figures before anyone else can. The attacks read only what is published, like "
                    "an intruder would. If one of them learns anything about a home, nothing is published."
                )
            ),
            fold(
                _n("{n} attack, and what it achieved", "All {n} attacks, one by one", len(certificate.audit.attacks)),
                [tables.tried(certificate)],
            ),
        ]
    )


def _protection(certificate: Certificate, manifest: Manifest) -> list[Component]:
    if certificate.mode == "exact":
        return [_margins(certificate, manifest), _zones(certificate)]
    return [_cost(certificate, manifest), _margins(certificate, manifest), _zones(certificate)]


def _cost(certificate: Certificate, manifest: Manifest) -> Component:
    return html.Section(
        [
            html.H2(_("How sure could anyone be?")),
            html.P(
                _(
                    "No list of attacks is ever complete. That is why a small random amount was added to each count, "
                    "once: it sets a limit that follows from arithmetic, whatever anyone may try, now or later."
                )
            ),
            tables.limits(certificate, manifest),
            html.P(
                _(
                    "Years add up: someone who follows a home over several years learns a little each year. ρ (rho) "
                    "and ε (epsilon) are two ways in which specialists state the same limit; less is more private."
                )
            ),
            fold(_("What each year has cost so far"), [tables.spent(certificate)]),
        ]
    )


def _margins(certificate: Certificate, manifest: Manifest) -> Component | None:
    if not certificate.margins:
        return None
    return html.Section(
        [
            html.H2(_("What the noise does to the figures")),
            html.P(
                _(
                    "The random amount makes small figures uncertain and hardly touches large ones. Every figure on "
                    "this site carries its own margin."
                )
            ),
            fold(_("The usual margin of each kind of figure"), [tables.margins(certificate, manifest)]),
        ]
    )


def _zones(certificate: Certificate) -> Component | None:
    if not certificate.zones:
        return None
    return html.Section(
        [
            html.H2(_("The zones behind the figures")),
            html.P(
                woven(
                    "Zones are drawn from public housing data before any record is looked at. They stay for a year. "
                    "{zones}.",
                    zones=html.A(_("See the zones"), href=link("/zones")),
                )
            ),
            fold(_("The zones of each calendar year"), [tables.zones_by_year(certificate)]),
        ]
    )


def _exactness(certificate: Certificate, manifest: Manifest) -> Component | None:
    declared = certificate.exactness
    if declared is None:
        return None
    kinds = [inside(manifest.group_title(key)) for key in declared.categories]
    what = _EXACT_PART if certificate.protected else _EXACT_WHOLE
    return html.Section(
        [
            html.H2(_("Why figures are exact")),
            html.P(_(what, reason=told(declared.reason))),
            html.P(_("This is so for {kinds}.", kinds=list_text(kinds))) if kinds else None,
            html.P(
                woven("Reviewed by {person} on {day}.", person=declared.reviewed_by, day=day(declared.reviewed_on)),
                className="quiet",
            ),
        ]
    )


_EXACT_PART = N_("The exact figures of this topic carry no noise. The reason: {reason}")
_EXACT_WHOLE = N_("These figures carry no noise. The reason: {reason}")


def _people(certificate: Certificate) -> Component:
    decided = [tables.deviations(certificate), tables.editions(certificate)]
    usual = _("The protection is the usual one. Nobody decided otherwise, and nothing was measured a second time.")
    return html.Section(
        [html.H2(_("What people decided")), *(filter(None, decided) if any(decided) else [html.P(usual)])]
    )


def _check(visit: Visit, certificate: Certificate) -> Component:
    topic, release, key = certificate.topic, certificate.release, certificate.key
    folder = f"{visit.base}/download/{topic}/{release}"
    files = [
        (f"/download/{topic}/{release}/certificate.json", "certificate.json"),
        (f"/download/{topic}/{release}/certificate.sig", "certificate.sig"),
        (f"/keys/{key}.pem", _("{key}.pem (public key)", key=key)),
    ]
    by_hand = (
        f"curl -O {folder}/certificate.json\ncurl -O {folder}/certificate.sig\ncurl -O {visit.base}/keys/{key}.pem\n"
        f"openssl pkeyutl -verify -pubin -inkey {key}.pem -rawin \\\n"
        "    -in certificate.json -sigfile certificate.sig"
    )
    return html.Section(
        [
            html.H2(_("Check it yourself"), id="check"),
            html.P(_("You need not trust this page. Fetch the certificate, its signature and the city’s public key:")),
            html.P(
                [html.A([icon("download"), words], href=to, className="get", download=True) for to, words in files],
                className="gets",
            ),
            html.P(_("This says “Signature Verified Successfully” if nothing was changed since the city signed:")),
            _commands(by_hand, _("Commands that check the signature")),
            html.P(
                _(
                    "With a copy of all published files and this site’s program, one command checks every release, and "
                    "another attacks them all again:"
                )
            ),
            _commands(
                "python -m etl verify public\npython -m etl audit public", _("Commands that check a whole store")
            ),
            html.P(
                woven(
                    "A key proves only that the same hand signed. Compare its number, {key}, with one from another "
                    "place that you trust. {keys}.",
                    key=html.Code(key),
                    keys=html.A(_("All keys that ever signed"), href="/keys/keys.json"),
                ),
                className="quiet",
            ),
        ]
    )


def _commands(text: str, label: str) -> Component:
    return html.Pre(text, className="commands", tabIndex="0", role="region", **{"aria-label": label})


def _technical(certificate: Certificate) -> Component:
    return html.Details(
        [
            html.Summary(_("Technical details")),
            None if certificate.protected else tables.tried(certificate),
            tables.measured(certificate) if certificate.measured else None,
            tables.hashes(certificate),
            html.Dl(
                [
                    html.Div([html.Dt(_("Code version")), html.Dd(html.Code(certificate.code_version))]),
                    html.Div([html.Dt(_("Rows")), html.Dd(count_text(certificate.rows))]),
                    html.Div(
                        [
                            html.Dt(_("Time of the attacks")),
                            html.Dd(_("{count} seconds", count=number(certificate.audit.seconds, 1))),
                        ]
                    ),
                    html.Div(
                        [
                            html.Dt(_("SHA-256 of what the manifest says")),
                            html.Dd(html.Span(certificate.manifest_sha256, className="hash")),
                        ]
                    ),
                ],
                className="facts",
            ),
        ],
        className="more",
    )


# ---- without a certificate, and earlier ones ----


def _without(manifest: Manifest, found: Certified) -> list[Component]:
    words = (
        _(
            "This release has a certificate of an earlier form, from before certificates were signed. This page cannot "
            "check it, so it does not repeat what it says. The next release will have a signed one."
        )
        if found.older
        else _(
            "This release was published before certificates were made, so there is nothing to check. Its figures are "
            "protected all the same. The next release will have a signed certificate."
        )
    )
    return [
        html.P(
            woven(
                "Release {release}, as of {day}.",
                release=html.Span(manifest.release, className="mono"),
                day=day(manifest.as_of),
            )
        ),
        note(html.P(words)),
        html.P([html.A(_("How households are protected"), href=link("/privacy")), "."]),
    ]


def _earlier(visit: Visit, manifest: Manifest) -> Component | None:
    if visit.releases.current.get(manifest.topic) == manifest.release:
        return None
    newest = html.A(_("See that of the newest release"), href=link(f"/privacy/certificate/{manifest.topic}"))
    return note(html.P(woven("This is the certificate of an earlier release. {newest}.", newest=newest)), "caution")


def _release(visit: Visit) -> Release | None:
    return visit.releases.release(visit.names["topic"], visit.names.get("release"))


def _exists(visit: Visit) -> bool:
    """Raises Gone for a release that was withdrawn."""
    visit.releases.refuse_withdrawn(visit.names.get("release"), visit.names["topic"])
    return _release(visit) is not None


def _title(visit: Visit) -> str:
    release = _release(visit)
    return _("Certificate: {topic}", topic=inside(release.manifest.title)) if release else _("Certificate")


_DESCRIPTION = N_("What was tried against a release before it was published, what protects it, and how to check that.")

CURRENT = Page("/privacy/certificate/{topic}", _title, layout, _DESCRIPTION, exists=_exists, keeps=False)
PAGE = Page("/privacy/certificate/{topic}/{release}", _title, layout, _DESCRIPTION, exists=_exists, keeps=False)
