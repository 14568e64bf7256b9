"""The console loads: without an error, without a violation of its policy, readable by everybody. Layer: tests."""

from __future__ import annotations

from tests.browser.console import Console

PHONE = {"width": 390, "height": 844}


def test_the_page_shows_itself_without_a_complaint_when_it_is_opened(console: Console) -> None:
    console.open()

    assert "Weft" in console.page.title()
    assert console.page.inner_text("#app").strip()
    console.screenshot("console")


def test_nothing_serious_is_found_when_axe_looks_and_it_was_opened_in_the_dark(console: Console) -> None:
    window = console.beside(color_scheme="dark").open()

    assert window.accessibility() == []
    window.screenshot("console-dark")


def test_nothing_needs_to_be_scrolled_sideways_when_it_is_opened_on_a_phone(console: Console) -> None:
    window = console.beside(PHONE).open()

    width = window.page.evaluate("document.documentElement.scrollWidth")

    assert width <= PHONE["width"]
    window.screenshot("console-phone")


def test_somebody_is_named_when_they_have_signed_in(console: Console) -> None:
    console.sign_in("ann", "weft-viewers").open()

    assert console.page.get_by_text("ann", exact=True).first.is_visible()


def test_a_complaint_is_told_when_something_foreign_would_run(console: Console) -> None:
    window = console.beside().open()

    window.page.evaluate("""() => {
      const told = new Promise((tell) => document.addEventListener('securitypolicyviolation', tell, {once: true}));
      const script = document.createElement('script');
      script.textContent = 'window.wrong = true';
      document.head.append(script);
      return told.then(() => undefined);
    }""")

    assert window.page.evaluate("'wrong' in window") is False
    assert any(trouble.startswith("error: CSP: script-src-elem forbids inline") for trouble in window.close())
