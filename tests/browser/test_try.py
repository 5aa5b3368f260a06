import pytest
from playwright.sync_api import expect
from tests.browser.test_languages import *
OUT="/tmp/shots/lang"
def shots(site, tag, names):
    for name in names:
        for w,h in ((1280,900),(390,844)):
            site.page.set_viewport_size({"width":w,"height":h})
            act(site,name)
            site.page.wait_for_timeout(400)
            site.page.screenshot(path=f"{OUT}/{tag}-{name.replace(' ','_')}-{w}.png", full_page=name in("model","gallery","privacy"))
def test_de(site, settings):
    settings.LABEL_AGREEMENT=2
    site.expects_failures=True
    site.page.set_extra_http_headers({"Accept-Language":"de"})
    shots(site,"de",["drawn","submitted","labelled","gallery","model","a drawing's life","second opinion"])
    for n,a in (("privacy","/privacy/"),("rooms","/rooms/")):
        for w,h in ((1280,900),(390,844)):
            site.page.set_viewport_size({"width":w,"height":h}); site.open(a); site.page.wait_for_timeout(300)
            site.page.screenshot(path=f"{OUT}/de-{n}-{w}.png", full_page=True); print(n,w,problems(site.page))
def test_he(site, speak):
    site.expects_failures=True
    speak("he"); site.page.emulate_media(color_scheme="dark")
    shots(site,"he",["labelled","gallery","model","a drawing's life"])
    for n,a in (("privacy","/privacy/"),("rooms","/rooms/")):
        for w,h in ((1280,900),(390,844)):
            site.page.set_viewport_size({"width":w,"height":h}); site.open(a); site.page.wait_for_timeout(300)
            site.page.screenshot(path=f"{OUT}/he-{n}-{w}.png", full_page=True); print(n,w,problems(site.page))
    speak("la")
    for n,a in (("privacy","/privacy/"),("rooms","/rooms/"),("delete","/privacy/delete/")):
        site.page.set_viewport_size({"width":390,"height":844}); site.open(a); print("la",n,problems(site.page))
