"""The README's section "A class on a hub", tried: a JupyterHub on this machine, two students in a browser, a teacher.

What is tried is the last commit, on the branches `main` and `student` of a repository in the folder, with the
commands as the README has them. The students click, edit, run and save; the teacher changes two chapters; they click
again. At last the kernels and the servers must go when nobody uses them. It prints what held and what it took, and
fails where something is not as the README says.

    python tools/hub.py FOLDER          # FOLDER/image, which takes minutes to install, is kept for the next time
"""

import argparse
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from html import unescape
from pathlib import Path
from urllib.request import urlopen

import book
import browser
import launch
import nbformat
import notebooks
import psutil
import yaml
from playwright.sync_api import Page, sync_playwright

PROXY = "configurable-http-proxy@5.3.0"  # which JupyterHub starts; it comes from npm
ADDRESS = "https://git.example.org/class/book"  # git finds the repository of the folder there
TOKEN = "0" * 32  # the culler's
MAIN, EDITED = "chapters/linear/matrices", "chapters/linear/images"
EDIT, UPDATE = "# ada's own line", "This sentence came with an update."
IDLE = 20  # seconds, for what the README lets wait 1200
KINDS = {"kernel": "ipykernel", "server": "singleuser", "proxy": "http-proxy", "hub": "bin/jupyterhub"}
CONFIG = """\
c.JupyterHub.authenticator_class, c.JupyterHub.spawner_class = "dummy", "simple"
c.Authenticator.allowed_users = {{"ada", "ben"}}
c.JupyterHub.bind_url = "{hub}"
c.JupyterHub.hub_port = {hub_port}
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{proxy_port}"
c.ConfigurableHTTPProxy.command = ["{image}/node_modules/.bin/configurable-http-proxy"]
c.SimpleLocalProcessSpawner.home_dir_template = "{folder}/homes/{{username}}"
c.Spawner.args, c.Spawner.http_timeout = ["--allow-root"], 240  # a busy machine is slow
c.Spawner.environment = {{"GIT_CONFIG_GLOBAL": "{folder}/gitconfig", "OMP_NUM_THREADS": "1"}}
c.JupyterHub.services = [{{"name": "culler", "api_token": "{token}"}}]
c.JupyterHub.load_roles = [{{"name": "culler", "services": ["culler"],
                            "scopes": ["list:users", "read:users:activity", "read:servers", "delete:servers"]}}]
"""
CULLING = """\
c.MappingKernelManager.cull_idle_timeout = {idle}
c.MappingKernelManager.cull_interval = 2
"""
GIT = """\
[user]
    name = Teacher
    email = teacher@example.org
[safe]
    directory = *
[url "{folder}/book.git"]
    insteadOf = {address}
"""


class Trial:
    """What was tried, and the seconds since the line before."""

    def __init__(self):
        self.rows, self.failed, self.last = [], 0, time.perf_counter()

    def row(self, what: str, held: bool, note: str = "") -> None:
        now = time.perf_counter()
        self.failed += not held
        self.rows.append(what)
        print(f"{'holds' if held else 'FAILS'}  {now - self.last:5.0f} s  {what}{': ' * bool(note)}{note}", flush=True)
        self.last = now


def until(true: Callable[[], object], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while not (held := bool(true())) and time.monotonic() < end:
        time.sleep(0.5)
    return held


def free_ports(number: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(number)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


# the teacher ----------------------------------------------------------------------------------------------------------

def shell(folder: Path, script: str, **environment: str) -> None:
    """Without a new set-up of the environment, which is the one of this clone."""
    script = f'make() {{ command make --no-print-directory --old-file .venv/ready "$@"; }}\n{script}'
    run = subprocess.run(["bash", "-ec", script], cwd=folder, env={**os.environ, **environment},
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if run.returncode:
        raise RuntimeError(f"{script}\n{run.stdout[-3000:]}")


def recipe() -> tuple[str, str]:
    """The README's commands for the first time, and those for each time."""
    section = (book.ROOT / "README.md").read_text(encoding="utf-8").split("### A class on a hub\n")[1]
    return tuple(re.findall(r"(?:^    .*\n)+", section.split("\n### ")[0], flags=re.M)[:2])


def clone(folder: Path) -> Path:
    """The teacher's clone, with a course of the first part."""
    teacher, repository = folder / "teacher", folder / "book.git"
    shell(book.ROOT, f"git init -q --bare -b main {repository}; git push -q {repository} HEAD:refs/heads/main\n"
                     f"git clone -q {repository} {teacher}; ln -s {book.ROOT / '.venv'} {teacher / '.venv'}")
    toc = yaml.safe_load((teacher / "_toc.yml").read_text(encoding="utf-8"))
    toc["parts"] = [toc["parts"][0], toc["parts"][-1]]
    (teacher / "course.yml").write_text(yaml.safe_dump(toc, sort_keys=False), encoding="utf-8")
    shell(teacher, 'git add course.yml && git commit -qm "Our course" && git push -q')
    return teacher


def change(teacher: Path) -> None:
    """A sentence more in two chapters."""
    for name in (MAIN, EDITED):
        path = teacher / f"{name}.ipynb"
        notebook = json.loads(path.read_text(encoding="utf-8"))
        last = [cell for cell in notebook["cells"] if cell["cell_type"] == "markdown"][2]
        last["source"] = [*last["source"], f"\n\n{UPDATE}"]
        path.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    shell(teacher, 'git commit -qam "A sentence more" && git push -q')


# the hub --------------------------------------------------------------------------------------------------------------

def install(image: Path, teacher: Path) -> None:
    """What the README tells a hub without repo2docker to install, beside the packages that are here, and the hub."""
    if (image / "node_modules").exists():
        return shell(teacher, f"{image}/bin/pip install -q --no-deps --force-reinstall .")
    subprocess.run([sys.executable, "-m", "venv", image], check=True)
    (site,) = image.glob("lib/python*/site-packages")
    (site / "book.pth").write_text(next(path for path in sys.path if path.endswith("site-packages")))
    shell(teacher, f"{image}/bin/pip install -q -r binder/requirements.txt jupyterlab ipykernel '.[hub]'\n"
                   f"npm install --silent --prefix {image} {PROXY}")


def start(folder: Path, image: Path, hub: str, ports: list[int]) -> subprocess.Popen:
    (image / "etc/jupyter/jupyter_server_config.py").write_text(CULLING.format(idle=IDLE))
    (folder / "jupyterhub_config.py").write_text(CONFIG.format(
        hub=hub, image=image, folder=folder, token=TOKEN, hub_port=ports[1], proxy_port=ports[2]))
    paths = os.pathsep.join((f"{image}/bin", os.environ["PATH"]))
    with open(folder / "hub.log", "w") as log:
        # the kernel imports the copy of the image, as it does on a hub
        return subprocess.Popen([image / "bin/jupyterhub"], cwd=folder, stdout=log, stderr=log, env={
            **{name: value for name, value in os.environ.items() if name != "PYTHONPATH"}, "PATH": paths})


def answers(address: str) -> bool:
    try:
        return urlopen(address, timeout=5).status == 200
    except OSError:
        return False


def megabytes(hub: subprocess.Popen) -> dict[str, list[str]]:
    """Resident memory of what the hub started, and what of it no other process shares."""
    found: dict[str, list[str]] = {}
    for process in [psutil.Process(hub.pid), *psutil.Process(hub.pid).children(recursive=True)]:
        try:
            line, memory = " ".join(process.cmdline()), process.memory_full_info()
        except psutil.NoSuchProcess:
            continue
        for kind, key in KINDS.items():
            if key in line:
                found.setdefault(kind, []).append(f"{memory.rss / 1e6:.0f} ({memory.uss / 1e6:.0f} of its own)")
                break
    return found


# a student ------------------------------------------------------------------------------------------------------------

def click(page: Page, address: str, student: str) -> None:
    """The button, and what comes after it: the name, where the hub asks for one, the pull, and the notebook."""
    page.goto(address)
    field = page.locator("input[name=username]")
    if field.count():
        field.fill(student)
        page.locator("input[name=password]").fill("any")
        page.locator("#login_submit").click()
    page.wait_for_url("**/lab/tree/**", timeout=300000)
    page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-Notebook .jp-Cell").first.wait_for(timeout=300000)


def kernels(page: Page, hub: str, student: str) -> dict[str, dict]:
    return {one["id"]: one for one in page.request.get(f"{hub}/user/{student}/api/kernels").json()}


def idle(page: Page, hub: str, student: str) -> bool:
    """The kernels did all that they were asked: nothing is heard of them for some seconds."""
    before = kernels(page, hub, student)
    page.wait_for_timeout(4000)
    return before == kernels(page, hub, student) and {one["execution_state"] for one in before.values()} == {"idle"}


def command(page: Page, menu: str, name: str) -> None:
    page.locator(".lm-MenuBar-item", has_text=re.compile(f"^{menu}$")).click()
    page.locator(f".lm-Menu-item[data-command='{name}']").click()


def edit(page: Page) -> None:
    """A comment at the end of the first cell with code that is to be seen."""
    page.locator(".jp-CodeCell .cm-content:visible").first.click()
    page.keyboard.press("Control+End")
    page.keyboard.type(f"\n{EDIT}")
    command(page, "File", "docmanager:save")


def run_all(page: Page, hub: str, student: str) -> None:
    until(lambda: idle(page, hub, student), 120)  # the kernel is there
    command(page, "Edit", "editmenu:clear-all")
    command(page, "File", "docmanager:save")  # what is compared later was printed later
    page.wait_for_timeout(3000)
    command(page, "Run", "runmenu:run-all")
    until(lambda: idle(page, hub, student), 600)
    command(page, "File", "docmanager:save")
    page.wait_for_timeout(3000)


def same_text(ran: Path, stored: Path) -> tuple[int, int]:
    """Cells whose text is the stored one, and cells."""
    texts = []
    for path in (ran, stored):
        code = notebooks.code_cells(nbformat.read(path, 4))
        for cell in code:
            cell.outputs = notebooks.joined(cell.outputs)
        texts.append([notebooks.text(cell) for cell in code])
    return sum(a == b for a, b in zip(*texts, strict=True)), len(texts[1])


# the trial ------------------------------------------------------------------------------------------------------------

def first_day(trial: Trial, folder: Path, teacher: Path, hub: str, pages: dict[str, Page]) -> dict[str, str]:
    """Both branches opened, a chapter edited and run. The address of the students' button comes back."""
    site = (teacher / f"_build/html/{EDITED}.html").read_text(encoding="utf-8")
    buttons = {"main": launch.buttons(launch.Repository(ADDRESS, "main"), MAIN)["JupyterHub"],
               "student": unescape(re.search(r'"(http[^"]*user-redirect/git-pull[^"]*)"', site)[1])}
    for student, page in pages.items():
        for branch, address in buttons.items():
            click(page, address, student)
            trial.row(f"{student} opens {branch}", (folder / f"homes/{student}/book-{branch}/.git").is_dir())
    edit(pages["ada"])
    for student, page in pages.items():
        run_all(page, hub, student)
        path = folder / f"homes/{student}/book-student/{EDITED}.ipynb"
        same, cells = same_text(path, teacher / f"_build/student/{EDITED}.ipynb")
        trial.row(f"{student} runs all", same == cells, f"{same} of {cells} cells print the stored text")
    return buttons


def second_day(trial: Trial, folder: Path, buttons: dict[str, str], pages: dict[str, Page]) -> None:
    for student, page in pages.items():
        click(page, buttons["student"], student)
        home = folder / f"homes/{student}/book-student"
        texts = {name: (home / f"{name}.ipynb").read_text(encoding="utf-8") for name in (MAIN, EDITED)}
        trial.row(f"{student} has the update in both chapters", all(UPDATE in text for text in texts.values()))
        if student == "ada":
            trial.row("her edit is still there", EDIT in texts[EDITED] and bool(nbformat.reads(texts[EDITED], 4)))
            page.reload()
            page.get_by_text(EDIT).first.wait_for(timeout=120000)
            trial.row("and in her browser", True)


def culled(trial: Trial, image: Path, hub: str, process: subprocess.Popen, pages: dict[str, Page]) -> None:
    opened = lambda: [name for student, page in pages.items() for name, one in kernels(page, hub, student).items()
                      if one["connections"]]
    until(lambda: len(opened()) >= len(pages), 60)  # the browser may have restored one more
    before = opened()
    time.sleep(2 * IDLE)
    trial.row("kernels of open notebooks stay", bool(before) and before == opened(), f"{len(before)}")
    for page in pages.values():
        page.close()
    trial.row("without a notebook they are culled", until(lambda: not megabytes(process).get("kernel"), 5 * IDLE))
    culler = subprocess.Popen([image / "bin/python", "-m", "jupyterhub_idle_culler", f"--timeout={IDLE}",
                               "--cull-every=5", f"--url={hub}/hub/api"], stderr=subprocess.DEVNULL,
                              env={**os.environ, "JUPYTERHUB_API_TOKEN": TOKEN})
    try:
        trial.row("and the hub's culler stops the servers",
                  until(lambda: not megabytes(process).get("server"), 5 * IDLE))
    finally:
        culler.kill()


def in_class(trial: Trial, folder: Path, teacher: Path, hub: str, process: subprocess.Popen) -> None:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser.find(), args=browser.FLAGS)
        pages = {name: chromium.new_context().new_page() for name in ("ada", "ben")}  # each has a browser
        buttons = first_day(trial, folder, teacher, hub, pages)
        for what, sizes in megabytes(process).items():
            trial.row(f"MB of each {what}", True, ", ".join(sizes))
        change(teacher)
        shell(teacher, recipe()[1].partition("git switch main\n")[0])
        trial.row("the recipe works again", True)
        second_day(trial, folder, buttons, pages)
        culled(trial, folder / "image", hub, process, pages)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder.resolve()
    for name in ("teacher", "book.git", "homes"):  # of an earlier trial
        shutil.rmtree(folder / name, ignore_errors=True)
    for path in folder.glob("jupyterhub*"):
        path.unlink()
    trial, ports = Trial(), free_ports(3)
    hub = f"http://127.0.0.1:{ports[0]}"
    (folder / "homes").mkdir(parents=True)
    (folder / "gitconfig").write_text(GIT.format(folder=folder, address=ADDRESS))
    os.environ.update(GIT_CONFIG_GLOBAL=str(folder / "gitconfig"), DIFFIMG_REPOSITORY=ADDRESS, DIFFIMG_JUPYTERHUB=hub)
    teacher = clone(folder)
    install(folder / "image", teacher)
    trial.row("the image is installed", True)
    os.environ["PYTHONPATH"] = str(teacher)
    first, each = recipe()
    shell(teacher, first + each)
    trial.row("the recipe for the branch and the site works", True)
    process = start(folder, folder / "image", hub, ports)
    try:
        trial.row("the hub answers", until(lambda: answers(f"{hub}/hub/login"), 120))
        in_class(trial, folder, teacher, hub, process)
    finally:
        process.terminate()
        process.wait(60)  # it ends the proxy and the servers
    print(f"{len(trial.rows)} lines, {trial.failed} of them fail")
    return trial.failed


if __name__ == "__main__":
    sys.exit(main())
