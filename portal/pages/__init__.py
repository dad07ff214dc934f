"""The pages, one file each, one line each in the tuple below. Their order is the order of the navigation."""

from portal.frame.page import Page, check_pages
from portal.pages.agency import LIST as AGENCIES
from portal.pages.agency import PAGE as AGENCY
from portal.pages.certificate import CURRENT as CERTIFICATE_NOW
from portal.pages.certificate import PAGE as CERTIFICATE
from portal.pages.changes import PAGE as CHANGES
from portal.pages.compare import PAGE as COMPARE
from portal.pages.contact_center import PAGE as CONTACT_CENTER
from portal.pages.data import PAGE as DATA
from portal.pages.dataset import PAGE as DATASET
from portal.pages.district import PAGE as DISTRICT
from portal.pages.home import PAGE as HOME
from portal.pages.map import PAGE as MAP
from portal.pages.report import OF_DISTRICT as DISTRICT_REPORT
from portal.pages.report import PAGE as REPORT
from portal.pages.saved import PAGE as SAVED
from portal.pages.share import PAGE as SHARE
from portal.pages.trends import PAGE as TRENDS
from portal.pages.written import ACCESSIBILITY, METHODS, PRIVACY, STATUS
from portal.pages.zones import PAGE as ZONES

PAGES: tuple[Page, ...] = check_pages(
    (
        HOME,
        MAP,
        TRENDS,
        COMPARE,
        DISTRICT,
        DISTRICT_REPORT,
        REPORT,
        AGENCIES,
        AGENCY,
        CONTACT_CENTER,
        DATA,
        DATASET,
        METHODS,
        PRIVACY,
        CERTIFICATE_NOW,
        CERTIFICATE,
        ZONES,
        STATUS,
        ACCESSIBILITY,
        CHANGES,
        SHARE,
        SAVED,
    )
)
