"""Ask for every external address of the built site and of the README once; needs the network.

Some publishers refuse programs. Their addresses are listed to be opened by hand, and do not count as broken.
"""

import re
import sys
from concurrent.futures import ThreadPoolExecutor
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import Request, urlopen

from book import ROOT
from bs4 import BeautifulSoup

SITE = ROOT / "_build" / "html"
REFUSED = {401, 403, 405, 406, 418, 429, 503}  # the server is there and does not talk to programs


def addresses() -> dict[str, str]:
    """Each address without its fragment, with one page that it stands on."""
    named = re.findall(r"https?://[^\s)>\"`]+", (ROOT / "README.md").read_text(encoding="utf8"))
    found = {url.rstrip(".,;:"): "README.md" for url in named}
    for page in SITE.rglob("*.html"):
        soup = BeautifulSoup(page.read_text(encoding="utf8"), "html.parser")
        for button in soup.select(".dropdown-launch-buttons"):  # opening one would start a machine
            button.decompose()
        found |= {a["href"].split("#")[0]: str(page.relative_to(SITE)) for a in soup.select("a[href^=http]")}
    return found


def answer(url: str) -> int | str:
    """The status after all redirections, or what went wrong before there was one."""
    request = Request(quote(url, safe=":/?&=%;,()~+@!$'*[]"), headers={"User-Agent": "Mozilla/5.0 (link check)"})
    for _ in range(2):  # a second try, because connections break
        try:
            with urlopen(request, timeout=30) as response:
                return response.status
        except HTTPError as error:
            return error.code
        except (OSError, ValueError) as error:
            reason = str(error)
    return reason


def main() -> int:
    pages = addresses()
    with ThreadPoolExecutor(8) as pool:
        answers = dict(zip(pages, pool.map(answer, pages), strict=True))
    refused = {url for url, status in answers.items() if status in REFUSED}
    broken = {url for url, status in answers.items() if status != 200} - refused
    if not any(isinstance(status, int) for status in answers.values()):
        print(f"none of {len(answers)} addresses answers: is there a network?")
        return 1
    for word, urls in (("refused", refused), ("BROKEN", broken)):
        for url in sorted(urls):
            print(f"{word:>8}  {answers[url]}  {url}  ({pages[url]})")
    print(f"{len(answers)} addresses: {len(answers) - len(refused) - len(broken)} answer, "
          f"{len(refused)} refuse programs (open them by hand), {len(broken)} broken")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
