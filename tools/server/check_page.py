#!/usr/bin/env python3
"""Uses the server's page in a real browser, as a person does, at the widths of a desktop and a phone.

    tools/server/check_page.py SERVER MODEL IMAGE [--screenshots FOLDER]

Needs Chromium with its driver (Debian: chromium, chromium-driver) and selenium.
"""
import argparse
import os
import sys

from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from process import Server


def expect(condition, *facts):
    if not condition:
        raise SystemExit("FAILED: " + " ".join(str(fact) for fact in facts))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("server")
    parser.add_argument("model")
    parser.add_argument("image")
    parser.add_argument("--screenshots")
    given = parser.parse_args()
    options = webdriver.ChromeOptions()
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    with Server(given.server, given.model) as server, webdriver.Chrome(
            options=options, service=webdriver.ChromeService("/usr/bin/chromedriver")) as browser:
        wait = WebDriverWait(browser, 20)
        for name, width, height in (("desktop", 1280, 800), ("phone", 390, 844)):
            # A window cannot be as narrow as a phone.
            browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
                "width": width, "height": height, "deviceScaleFactor": 1, "mobile": name == "phone"})
            browser.get(f"http://127.0.0.1:{server.port}/")
            wait.until(lambda _: browser.find_elements(By.CSS_SELECTOR, "#models tr"))
            browser.find_element(By.ID, "file").send_keys(os.path.abspath(given.image))
            wait.until(lambda _: len(browser.find_elements(By.CSS_SELECTOR, "#classes li")) == 5)
            status = browser.find_element(By.ID, "status").text
            expect(" ms" in status, "the status is", status)
            shown = browser.find_element(By.ID, "shown")
            expect(shown.is_displayed() and shown.size["width"] > 0, "the image is not shown")
            bar = browser.find_element(By.CSS_SELECTOR, "#classes .bar").value_of_css_property("width")
            expect(float(bar.removesuffix("px")) > 0, "the first bar is", bar)
            # With the keyboard alone: the first stop is where an image is chosen.
            browser.find_element(By.TAG_NAME, "body").send_keys(Keys.TAB)
            expect(browser.switch_to.active_element.get_attribute("id") in ("file", "model", "camera"), "Tab leads nowhere")
            browser.find_element(By.CSS_SELECTOR, "#classes .where").click()
            wait.until(lambda _: browser.find_element(By.ID, "map").is_displayed())
            wait.until(lambda _: browser.execute_script("return document.getElementById('overlay').naturalWidth") > 0)
            expect("score" in browser.find_element(By.ID, "map-text").text, "the map has no text")
            wide = browser.execute_script("return document.documentElement.scrollWidth")
            expect(wide <= width, "the page is", wide, "wide on a", name, "of", width)
            if given.screenshots:
                browser.save_screenshot(os.path.join(given.screenshots, f"{name}.png"))
            browser.find_element(By.ID, "file").send_keys(os.path.abspath(__file__))
            wait.until(lambda _: "error" in browser.find_element(By.ID, "status").get_attribute("class"))
            print(f"{name}: passed, {status}; no image: {browser.find_element(By.ID, 'status').text}")
        # What the browser itself refuses or complains of; an answer of 400 to what is no image is none of that.
        complaints = [entry["message"] for entry in browser.get_log("browser") if "status of 400" not in entry["message"]]
        expect(not complaints, complaints)
    return 0


if __name__ == "__main__":
    sys.exit(main())
