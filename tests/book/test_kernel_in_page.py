# SPDX-License-Identifier: GPL-2.0-only
"""The kernel in the page, in a browser: the console, the playground, and what a reader may do to them."""

import json
import re
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
from browser import PHONE, violations
from playwright.sync_api import Page, Route, expect
from rendered import BOOK, ROOT

from kernel_lab.base.paths import CHECKOUT
from kernel_lab.page import states

FIRST_PAGE = "book/index.html"
PLAYGROUND = "book/playground.html"
FIRST_KERNEL_ADDRESS = 0xC0000000  # of 32-bit x86
LONGEST_LOAD_SECONDS = 100  # as long as the page waits (web/src/kernel/kernel.js)
START_SECONDS = 60  # far more than it takes, on a machine that does much else

pytestmark = pytest.mark.usefixtures("saved_kernels")


def examples() -> list[dict]:
    """The playground's, which are written in JavaScript."""
    node = Path(sys.executable).with_name("node")
    script = f"import {{ EXAMPLES }} from '{ROOT}/web/src/ui/examples.js'; console.log(JSON.stringify(EXAMPLES));"
    argv = [node, "--input-type=module", "--eval", script]
    return json.loads(subprocess.run(argv, capture_output=True, text=True, check=True).stdout)


def chapter(step: int) -> str:
    (path,) = (BOOK.parent / "notebooks").glob(f"{step:02}-*.ipynb")
    return f"notebooks/{path.stem}.html"


def machine(step: int = 7) -> Path:
    """What a page downloads of a saved kernel; its name has a checksum."""
    return states.folder() / states.parts()[f"step-{step:02}"].file


class Console:
    """The console of a page, as a reader uses it."""

    def __init__(self, page: Page, address: str = FIRST_PAGE):
        self.page = page
        page.goto(address)
        self.start_button = page.get_by_role("button", name="Start the kernel")
        self.log = page.get_by_role("log", name="The kernel's console")
        self.input = page.get_by_label("A command for the kernel")
        self.says = page.locator(".kernel-status")

    def start(self) -> "Console":
        self.start_button.click()
        self.input.wait_for(timeout=START_SECONDS * 1000)
        return self

    def run(self, command: str) -> None:
        self.input.fill(command)
        self.input.press("Enter")

    def shows(self, text: str | re.Pattern) -> None:
        """Wait until it does."""
        expect(self.log).to_contain_text(text, timeout=START_SECONDS * 1000)

    def press(self, button: str) -> None:
        self.page.get_by_role("button", name=button, exact=True).click()


class Playground:
    """The playground, as a reader uses it."""

    def __init__(self, page: Page, address: str = PLAYGROUND):
        self.page = page
        page.goto(address)
        self.program = page.get_by_label("Program", exact=True)
        self.verdict = page.locator(".pg-verdict")
        self.result = page.locator(".pg-result")
        self.mistakes = page.locator(".pg-mistakes li")

    def load(self, program: str) -> None:
        self.program.evaluate(
            "(field, text) => { field.value = text; field.dispatchEvent(new Event('input')); }", program
        )
        self.press("Load")

    def choose(self, example: str) -> None:
        self.page.get_by_label("Example").select_option(example)

    def press(self, button: str) -> None:
        self.page.get_by_role("button", name=button, exact=True).click()

    def judges(self, expected: str) -> bool:
        """Load, and compare with what an example expects: "accepted", or a pattern for the reason."""
        self.press("Load")
        expect(self.result).to_be_visible(timeout=START_SECONDS * 1000)
        if expected == "accepted":
            return "Accepted" in self.verdict.inner_text()
        reason = self.page.locator(".pg-reason")
        return "Refused" in self.verdict.inner_text() and bool(re.search(expected, reason.inner_text()))

    def decides(self, result: str) -> None:
        expect(self.result).to_contain_text(result, timeout=START_SECONDS * 1000)

    def answers(self, number: int, answer: int) -> None:
        self.page.get_by_label("Number for the program").fill(str(number))
        self.press("Run")
        expect(self.page.locator(".pg-history li").first).to_have_text(f"{number} in, {answer} out")


@pytest.fixture
def console(page) -> Console:
    return Console(page).start()


@pytest.fixture
def playground(page) -> Playground:
    return Playground(page)


@pytest.fixture
def lenient(browser, site) -> Page:
    """A page on which requests may fail: the test is about just that."""
    with browser.new_context(base_url=site) as context:
        yield context.new_page()


# The console ----------------------------------------------------------------------------------


def test_the_demonstration(console):
    console.run("echo 1 > /sys/oreore/bpf")
    console.run("cat /sys/oreore/bpf")
    console.shows("# cat /sys/oreore/bpf\n43\n")
    assert not violations(console.page)


def test_the_demonstration_from_disk(page, html):
    console = Console(page, (html / FIRST_PAGE).as_uri()).start()
    console.run("echo 100 > /sys/oreore/bpf && cat /sys/oreore/bpf")
    console.shows("\n142\n")


def test_by_the_keyboard_alone(page):
    console = Console(page)
    console.start_button.focus()
    page.keyboard.press("Enter")
    expect(console.input).to_be_focused(timeout=START_SECONDS * 1000)
    page.keyboard.type("echo 8 > /sys/oreore/bpf; cat /sys/oreore/bpf\n")
    console.shows("\n50\n")
    page.keyboard.press("ArrowUp")
    expect(console.input).to_have_value("echo 8 > /sys/oreore/bpf; cat /sys/oreore/bpf")


def test_on_a_phone_in_the_dark(new_page):
    page = new_page(viewport=PHONE, color_scheme="dark", has_touch=True)
    console = Console(page).start()
    console.run("echo " + "long " * 60)
    console.shows("long long long")
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    assert not violations(page)


@pytest.mark.parametrize(
    ("step", "telling"),
    [
        (4, "B is gone                                      ENOENT"),
        (5, "\n43\n"),
        (6, "\n43\n"),
        (10, "     4        + + + ."),
        (12, "link of type 10, attach type 44: detached"),
    ],
)
def test_each_chapters_kernel_does_what_the_page_offers_to_try(page, step, telling):
    console = Console(page, chapter(step)).start()
    stage = states.stage_at(step)
    transcript = states.transcript(stage)
    assert console.log.text_content() == (f"{transcript}\n" if transcript else "\n")
    console.run("echo first")
    console.shows("first\nfirst\n")
    assert console.log.text_content().endswith(f"{transcript}\n# echo first\nfirst\n")
    for command in stage.tries:
        page.get_by_role("button", name=command, exact=True).first.click()
    console.run("echo d''one")
    console.shows("\ndone\n")
    console.shows(telling)


def test_starting_over_gives_back_what_was_lost(console):
    console.run("rmmod oreore_mod && cat /sys/oreore/bpf")
    console.shows("No such file or directory")
    console.press("Start over")
    expect(console.says).to_contain_text("as it was when you started it", timeout=START_SECONDS * 1000)
    console.run("echo 2 > /sys/oreore/bpf; cat /sys/oreore/bpf")
    console.shows("\n44\n")


def test_a_machine_that_was_switched_off_starts_over(console):
    console.run("reboot -f")
    console.press("Start over")
    expect(console.says).to_contain_text("as it was when you started it", timeout=START_SECONDS * 1000)
    console.run("echo 3 > /sys/oreore/bpf; cat /sys/oreore/bpf")
    console.shows("\n45\n")


def test_a_command_that_never_ends_is_interrupted(console):
    console.run("yes")
    console.shows("y\ny\ny\n")
    console.press("Ctrl-C")
    console.run("echo still h''ere")
    console.shows("still here")


def test_a_kernel_that_has_ended_is_told_and_its_last_words_alone_are_not_taken_for_it(console):
    console.run("echo reboot: System halted")
    console.run("poweroff -f")
    expect(console.says).to_contain_text("The kernel has ended", timeout=START_SECONDS * 1000)
    expect(console.page.get_by_role("button", name="Start over")).to_be_focused()
    console.page.keyboard.press("Enter")
    expect(console.says).to_contain_text("as it was when you started it", timeout=START_SECONDS * 1000)
    console.run("echo reboot: System halted; echo 4 > /sys/oreore/bpf; cat /sys/oreore/bpf")
    console.shows("\n46\n")


def test_a_line_that_the_shell_would_cut_is_refused_and_the_longest_that_it_takes_is_not(console):
    longest = 1022
    command = "echo done; # "
    console.run(command + "x" * (longest + 1 - len(command)))
    expect(console.says).to_contain_text("too long: it has 1023 bytes, and the shell takes 1022")
    expect(console.input).to_have_value(re.compile("^echo done"))
    mark = "; echo w''hole"
    console.run("true " + "x" * (longest - len(mark) - len("true ")) + mark)
    console.shows("\nwhole\n")


def test_what_was_typed_survives_a_reload_and_a_history_does_not_eat_it(console):
    console.run("echo 1 > /sys/oreore/bpf")
    console.input.fill("not sent yet")
    console.input.press("ArrowUp")
    expect(console.input).to_have_value("echo 1 > /sys/oreore/bpf")
    console.input.press("ArrowDown")
    expect(console.input).to_have_value("not sent yet")
    console.page.reload()
    console.start()
    expect(console.input).to_have_value("not sent yet")
    console.press("Earlier command")
    expect(console.input).to_have_value("echo 1 > /sys/oreore/bpf")


def test_ctrl_d_ends_what_is_typed_into_a_program(console):
    console.run("cat > /tmp/said; echo e''nd")
    console.run("a line")
    console.input.press("Control+d")
    console.shows("\nend\n")


def test_a_character_beyond_the_first_65536_is_one(console):
    console.run("printf 'a\\360\\237\\230\\200\\bb\\n'")
    console.shows("\nab\n")


def test_thousands_of_lines_are_followed_only_by_who_is_at_the_end(console):
    at_end = "(log) => log.scrollHeight - log.scrollTop - log.clientHeight < 8"
    console.run("seq 2000; echo d''one")
    console.shows("\n2000\ndone\n")
    assert console.log.evaluate(at_end)
    assert console.log.text_content().count("\n") <= 2101
    console.run("sleep 1; seq 100; echo m''ore")
    console.log.evaluate("(log) => (log.scrollTop = 100)")
    console.shows("\nmore\n")
    assert not console.log.evaluate(at_end)


def test_without_storage_all_works(lenient, site):
    blocked = "{ get() { throw new DOMException('blocked', 'SecurityError'); } }"
    for name in ("localStorage", "sessionStorage"):
        lenient.add_init_script(f"Object.defineProperty(window, '{name}', {{ ...{blocked}, configurable: true }})")
    thrown = []
    lenient.on("pageerror", lambda error: thrown.append(str(error)))
    console = Console(lenient).start()
    console.run("echo 1 > /sys/oreore/bpf; cat /sys/oreore/bpf")
    console.shows("\n43\n")
    lenient.get_by_role("button", name="Color mode").click()
    playground = Playground(lenient)
    playground.press("Load")
    playground.decides("Accepted")
    assert not thrown


def test_a_transcript_can_be_pasted(console):
    paste(console.input, "# echo 5 > /sys/oreore/bpf\n# cat /sys/oreore/bpf\n")
    console.shows("\n47\n")


def test_of_a_transcript_the_commands_are_run_and_nothing_else(console):
    document = "cat > /tmp/x <<EOF\n# a comment\nEOF\n"
    paste(console.input, f"# {document}# echo 7 > /sys/oreore/bpf; cat /sys/oreore/bpf\n49\n# echo d''one\ndone\n")
    console.shows("\n49\n# echo d''one\ndone\n")
    assert "not found" not in console.log.text_content()
    paste(console.input, document)
    console.run("cat /tmp/x; echo d''one")
    console.shows("\n# a comment\ndone\n")


def test_of_a_line_that_is_pasted_the_prompt_is_left_out(console):
    paste(console.input, "# cat /sys/oreore/bpf")
    expect(console.input).to_have_value("cat /sys/oreore/bpf")


def test_what_cannot_be_seen_in_a_command_is_named(console):
    console.run("echo\u00a0hidden")
    expect(console.says).to_contain_text("can't be seen: ⟨U+00A0 no-break space⟩")
    console.shows("echo⟨U+00A0 no-break space⟩hidden: not found")


def test_a_large_paste_is_refused_and_the_page_goes_on(console):
    paste(console.input, "echo x\n" * 200_000)
    expect(console.says).to_contain_text("too long")
    console.run("echo 6 > /sys/oreore/bpf; cat /sys/oreore/bpf")
    console.shows("\n48\n")


@pytest.mark.parametrize("lost", ["step-07-*.bin", "v86.wasm-*.bin", "emulator-*.js"])
def test_a_download_that_breaks_off_can_be_tried_again(lenient, lost):
    console = Console(lenient)
    lenient.route(f"**/{lost}", lambda route: route.abort())
    console.start_button.click()
    expect(console.says).to_contain_text("broke off. Check the connection, and press the button again")
    lenient.unroute(f"**/{lost}")
    console.start()


@pytest.mark.parametrize(
    ("damaged", "damage"), [("step-07-*.bin", "zeros"), ("v86.wasm-*.bin", "half"), ("emulator-*.js", "zeros")]
)
def test_what_arrives_damaged_is_not_taken_for_a_kernel(lenient, html, damaged, damage):
    (file,) = (html / "_kernel").glob(damaged)
    whole = file.read_bytes()
    middle = len(whole) // 2
    body = whole[:middle] if damage == "half" else whole[:middle] + bytes(1000) + whole[middle + 1000 :]
    console = Console(lenient)
    lenient.route(f"**/{damaged}", lambda route: route.fulfill(body=body))
    console.start_button.click()
    expect(console.says).to_contain_text(
        re.compile("press the button again", re.IGNORECASE), timeout=START_SECONDS * 1000
    )
    expect(console.start_button).to_be_enabled()
    lenient.unroute(f"**/{damaged}")
    console.start()


def test_what_a_server_does_not_give_out(lenient):
    console = Console(lenient)
    for status, words in [(404, "The server has no"), (503, "can't give out"), (403, "refuses to give out")]:
        lenient.unroute_all()
        lenient.route("**/step-07-*.bin", partial(answer, status))
        console.start_button.click()
        expect(console.says).to_contain_text(f"{words} /_kernel/{machine().name} ({status})")
        expect(console.start_button).to_be_enabled()


def test_a_download_that_stands_still_is_given_up_and_one_that_nobody_waits_for_is_cancelled(lenient):
    console = Console(lenient)
    whole = f"of {states.downloads(states.stage_at(7)) / 1e6:.1f} MB"
    lenient.clock.install()
    lenient.route("**/step-07-*.bin", lambda route: None)
    console.start_button.click()
    expect(console.says).to_contain_text(whole)
    console.press("Cancel")
    expect(console.says).to_contain_text("Cancelled.")
    expect(console.start_button).to_be_focused()
    console.start_button.click()
    expect(console.says).to_contain_text(whole)
    lenient.clock.run_for(31_000)
    expect(console.says).to_contain_text("stands still")
    lenient.clock.resume()
    lenient.unroute("**/step-07-*.bin")
    console.start()


def test_the_bar_counts_all_that_comes(page):
    """Each value that it had; the last one of the download is the whole."""
    page.add_init_script("""
        const { set } = Object.getOwnPropertyDescriptor(HTMLProgressElement.prototype, "value");
        window.values = [];
        Object.defineProperty(HTMLProgressElement.prototype, "value", {
          set(value) { window.values.push(value); set.call(this, value); },
        });""")
    Console(page).start()
    values = page.evaluate("values")
    assert values == sorted(values)
    assert (values[0], values[-1]) == (0, 1)


FORBIDDING = {
    "WebAssembly": "script-src 'self' 'unsafe-inline'; worker-src blob:",
    "the emulator's clock": "script-src 'self' 'unsafe-inline' 'wasm-unsafe-eval'; worker-src 'none'",
    "the emulator": "script-src-elem 'unsafe-inline' {console}; worker-src blob:",
}


@pytest.mark.parametrize("what", FORBIDDING)
def test_a_server_that_forbids_what_the_kernel_runs_in(lenient, site, what):
    console_script = f"{site}_kernel/{states.parts()['console'].file}"
    policy = FORBIDDING[what].format(console=console_script)

    def with_policy(route):
        got = route.fetch()
        route.fulfill(response=got, headers={**got.headers, "Content-Security-Policy": policy})

    lenient.route("**/*.html", with_policy)
    console = Console(lenient)
    console.start_button.click()
    expect(console.says).to_contain_text(re.compile(r"forbidden on this page|forbids it|broke off"))
    expect(console.start_button).to_be_enabled()


@pytest.mark.parametrize(
    "emulator",
    [
        "class { constructor() { setTimeout(() => { throw new Error('boom'); }); } add_listener() {} }",
        "class { constructor() { Promise.reject(new Error('boom')); } add_listener() {} }",
    ],
    ids=["later", "in a promise"],
)
def test_an_emulator_that_throws(lenient, emulator):
    lenient.add_init_script(f"Object.defineProperty(window, 'V86', {{ get: () => {emulator}, set() {{}} }})")
    console = Console(lenient)
    console.start_button.click()
    expect(console.says).to_contain_text("could not be started: boom. Press the button again")
    expect(console.start_button).to_be_enabled()


def test_an_emulator_that_does_nothing_has_a_limit(lenient):
    nothing = "class { add_listener() {} destroy() { return new Promise(() => {}); } }"
    lenient.add_init_script(f"Object.defineProperty(window, 'V86', {{ get: () => {nothing}, set() {{}} }})")
    console = Console(lenient)
    lenient.clock.install()
    console.start_button.click()
    expect(console.says).to_contain_text("Starting the kernel", timeout=START_SECONDS * 1000)
    lenient.clock.run_for(46_000)
    expect(console.says).to_contain_text("did not answer within 45 seconds. Press the button again")
    expect(console.start_button).to_be_enabled()


@pytest.mark.parametrize(("address", "script"), [(FIRST_PAGE, "console-*.js"), (PLAYGROUND, "playground-*.js")])
def test_a_page_whose_script_does_not_come_says_so(lenient, address, script):
    lenient.route(f"**/{script}", lambda route: route.abort())
    lenient.goto(address)
    expect(lenient.get_by_text("A script of this page did not arrive.")).to_be_visible()


def test_a_browser_without_webassembly(page):
    page.add_init_script("delete globalThis.WebAssembly")
    console = Console(page)
    console.start_button.click()
    expect(console.says).to_contain_text("This browser has no WebAssembly")
    expect(console.start_button).to_be_enabled()


# The playground -------------------------------------------------------------------------------


def test_the_recipes_program_is_accepted_and_answers(playground):
    playground.press("Load")
    playground.decides("Accepted")
    playground.press("Attach")
    playground.answers(1, 43)
    playground.answers(4294967295, 41)
    assert not violations(playground.page)


def test_the_real_verifier_says_of_each_example_what_the_page_expects(playground):
    wrong = []
    for example in (example for example in examples() if not example.get("slow")):
        playground.choose(example["name"])
        if not playground.judges(example["expected"]):
            wrong.append((example["name"], playground.verdict.inner_text()))
        elif example.get("answers"):
            playground.press("Attach")
            for number, answer in example["answers"]:
                playground.answers(number, answer)
    assert not wrong


def test_what_changes_without_cap_perfmon_is_what_the_page_expects(playground):
    playground.page.get_by_label("without CAP_PERFMON").check()
    wrong = []
    cases = ({**example, **example.get("without", {})} for example in examples())
    for example in (case for case in cases if not case.get("slow") and "too complex" not in case["expected"]):
        playground.choose(example["name"])
        if not playground.judges(example["expected"]):
            wrong.append((example["name"], playground.verdict.inner_text()))
    assert not wrong


def test_a_number_can_tell_an_address_that_a_pointer_cannot(playground):
    """The type's contract keeps no secrets: the page says so, and a capability does."""
    playground.choose("pointer-result")
    playground.press("Load")
    playground.decides("Refused")
    playground.choose("low-half")
    playground.press("Load")
    playground.decides("Accepted")
    playground.press("Attach")
    playground.page.get_by_label("Number for the program").fill("1")
    playground.press("Run")
    answer = playground.page.locator(".pg-history li").first
    expect(answer).to_contain_text("1 in, ")
    assert int(re.search(r"(\d+) out", answer.inner_text())[1]) > FIRST_KERNEL_ADDRESS
    playground.page.get_by_label("without CAP_PERFMON").check()
    playground.press("Load")
    playground.decides("Refused with EACCES")
    assert not violations(playground.page)


def test_the_kernel_shows_each_instruction_as_it_was_written(playground):
    """The assembler and the kernel's disassembler agree, on all that a program without maps can be made of."""
    notation = json.loads((CHECKOUT / "web/test/notation.json").read_text())
    playground.load("\n".join(notation["text"]))
    playground.decides("Accepted")
    log = playground.page.get_by_role("log").inner_text()
    shown = {re.sub(r"\s+;.*", "", line).strip() for line in re.findall(r"\d+: \(.*", log)}
    assert [line for line in notation["shown"] if line not in shown] == []


def test_what_the_kernel_runs_has_the_verifiers_changes_marked(playground):
    runs = playground.page.locator("details", has_text="What the kernel runs")
    playground.load("r0 = 86\nr2 = *(u32 *)(r1 + 0)\nw0 /= w2\nexit")
    playground.decides("Accepted")
    runs.get_by_text("9 instructions, 5 of them changed or added").click()
    assert [line.strip() for line in runs.locator("mark").all_inner_texts()] == [
        "2: (56) if w2 != 0x0 goto pc+3",
        "3: (ac) w0 ^= w0",
        "4: (bc) w0 = w0",  # it clears the upper half, which a 32-bit processor would not
        "5: (05) goto pc+2",
        "7: (bc) w0 = w0",
    ]
    assert not violations(playground.page)
    playground.press("Attach")
    playground.answers(2, 43)
    playground.answers(0, 0)

    playground.load("r0 = 43\nif r0 == 43 goto pc+1\nr0 = 0\nexit")
    playground.decides("Accepted")
    expect(runs.locator("summary")).to_contain_text("2 instructions, none of them changed or added; 2 of yours removed")
    expect(runs).to_contain_text("1: (95) exit")
    playground.load("call f\nexit\nf: r0 = 2\nexit")
    playground.decides("Accepted")
    expect(runs.locator("summary")).to_contain_text("4 instructions, none of them changed or added")
    expect(runs).to_contain_text("0: (85) call pc+1")
    playground.page.get_by_label("without CAP_PERFMON").check()
    playground.load("*(u64 *)(r10 - 8) = 1\nr0 = 0\nexit")
    playground.decides("Accepted")
    expect(runs.locator("mark")).to_have_text("1: (c2) nospec")
    playground.load("exit")
    playground.decides("Refused")
    expect(runs).to_be_hidden()


def test_a_log_line_belongs_to_a_line_of_the_program(playground):
    playground.load("// a comment\nr0 = 0\n\nr0 = *(u64 *)(r1 + 0)\nexit")
    playground.decides("Refused with EACCES at line 4")
    assert not violations(playground.page)


def test_a_mistake_is_marked_before_anything_is_sent(playground):
    playground.load("r0 = 1\nr11 = 2\nexit")
    expect(playground.mistakes).to_contain_text("line 2, column 1: there is no register r11")
    expect(playground.result).to_have_count(0)
    playground.load("r0 = 1\njump 3\nexit")
    expect(playground.mistakes).to_contain_text("line 2, column 1")
    assert not violations(playground.page)


def test_a_large_program_is_refused_at_once(playground):
    playground.load("r0 = 1\n" * 150_000)
    expect(playground.mistakes.first).to_be_visible()
    playground.load("r0 = 7\nexit")
    playground.decides("Accepted")


def test_the_longest_program_arrives_whole(playground):
    playground.load("r0 = *(u32 *)(r1 + 0)\n" + "w0 += 1\n" * 4094 + "exit")
    playground.decides("Accepted, after 4096 instructions")
    playground.press("Attach")
    playground.answers(1, 4095)


def test_a_verifier_that_walks_for_long_comes_to_an_end_by_itself(playground):
    """After a million instructions; or after a minute, on a machine that needs more for them."""
    playground.load("r0 = 7\nexit")
    playground.decides("Accepted")
    playground.choose("count-forever")
    playground.press("Load")
    expect(playground.verdict).to_contain_text(re.compile(r"The kernel is still at work … \d+ s"))
    ended = re.compile("Refused with E2BIG.*Processed 1000001 insn|No verdict: SIGALRM.*A minute was over", re.DOTALL)
    expect(playground.verdict).to_contain_text(ended, timeout=LONGEST_LOAD_SECONDS * 1000)
    expect(playground.result).to_contain_text(re.compile(r", in [1-9]\d* s"))
    expect(playground.page.get_by_text("a part of it is missing")).to_be_visible()
    playground.load("r0 = 7\nexit")
    playground.decides("Accepted")


def test_a_verifier_that_fills_the_memory_is_ended_and_nothing_else_is(playground):
    nested = "call a\nexit\na: call b\nexit\nb: call c\nexit\nc: call d\nexit\n"
    playground.load(nested + "d: r0 = 0\nagain: r0 += 1\ngoto again")
    playground.decides("No verdict: SIGKILL")
    expect(playground.verdict).to_contain_text("filled the memory of the page's machine")
    assert not violations(playground.page)
    playground.load("r0 = 7\nexit")
    playground.decides("Accepted")
    playground.press("Attach")
    playground.answers(1, 7)


def test_what_is_in_the_maps_is_shown_after_each_run(playground):
    playground.choose("count-each")
    playground.press("Load")
    playground.decides("Accepted")
    playground.press("Attach")
    maps = playground.page.get_by_label("In the maps", exact=True)
    expect(maps).to_contain_text("seen, hash")
    expect(maps).to_contain_text("It is empty.")
    for number, answer in [(5, 1), (4294967295, 1), (5, 2)]:
        playground.answers(number, answer)
    rows = maps.get_by_role("row")
    expect(rows).to_have_count(3)
    assert {tuple(row.split()) for row in rows.all_inner_texts()} == {("key", "value"), ("5", "2"), ("4294967295", "1")}
    assert not violations(playground.page)
    playground.choose("count-here")
    playground.press("Load")
    playground.decides("Accepted")
    playground.press("Attach")
    expect(maps).to_contain_text("Its value is 0.")
    playground.answers(7, 1)
    assert [row.split("\t") for row in rows.all_inner_texts()] == [["key", "value on processor 0"], ["0", "1"]]
    playground.choose("last-three")
    playground.press("Load")
    playground.decides("Accepted")
    playground.press("Attach")
    for number in (1, 2, 3, 4):
        playground.answers(number, number)
    expect(maps.get_by_role("cell")).to_have_text(["2", "3", "4"])
    playground.page.reload()
    assert playground.program.input_value().startswith("map last type queue")


def test_a_map_that_is_not_declared_or_has_a_wrong_size_is_marked_at_its_line(playground):
    playground.load("map counts type array key 8 value 4 entries 1\nr1 = counts ll\nr0 = 0\nexit")
    expect(playground.mistakes).to_contain_text("line 1, column 27: an array's key is an index of 4 bytes: key 4")
    playground.load("map counts type array key 4 value 4 entries 1\nr1 = count ll\nr0 = 0\nexit")
    expect(playground.mistakes).to_contain_text("line 2, column 6: there is no map count: counts?")


def test_an_agent_that_is_stopped_by_force_is_told_after_a_while_and_a_new_kernel_started(lenient):
    lenient.add_init_script("""
        let made;
        Object.defineProperty(window, "V86", {
          get: () => made,
          set(V86) { made = class extends V86 { constructor(way) { super(way); window.machine = this; } }; },
        });""")
    playground = Playground(lenient)
    playground.load("r0 = 7\nexit")
    playground.decides("Accepted")
    playground.press("Attach")
    playground.answers(1, 7)
    lenient.evaluate("window.machine.serial0_send('kill -STOP $(pidof agent)\\n')")
    lenient.wait_for_timeout(2000)
    playground.press("Run")
    gave_up = "The kernel does not answer any more: nothing has come from it for 40 s"
    expect(playground.verdict).to_contain_text(gave_up, timeout=START_SECONDS * 1000)
    assert not violations(lenient)
    playground.press("Start over")
    expect(playground.verdict).to_contain_text("as after its start", timeout=START_SECONDS * 1000)
    assert playground.program.input_value() == "r0 = 7\nexit"
    playground.press("Load")
    playground.decides("Accepted")


def test_work_that_takes_long_can_be_stopped(playground):
    playground.press("Load")
    playground.decides("Accepted")
    playground.choose("count-forever")
    playground.press("Load")
    playground.press("Stop")
    expect(playground.verdict).to_contain_text("Stopped.", timeout=START_SECONDS * 1000)
    playground.load("r0 = 7\nexit")
    playground.decides("Accepted")


def test_the_focus_stays_and_the_program_survives_a_reload(playground):
    program = "r0 = 77\nexit"
    playground.program.fill(program)
    playground.page.get_by_role("button", name="Load", exact=True).focus()
    playground.page.keyboard.press("Enter")
    playground.decides("Accepted")
    expect(playground.page.get_by_role("button", name="Load", exact=True)).to_be_focused()
    playground.page.reload()
    expect(playground.program).to_have_value(program)


@pytest.mark.parametrize("address", ["", "#example=endless", "#program=cjAgPSAxCmV4aXQ"])
def test_what_was_typed_is_kept_while_an_example_is_shown_a_reload_and_a_link(playground, address):
    program = "r0 = 77\nexit"
    playground.program.fill(program)
    playground.choose("add-42")
    playground.page.goto(f"{PLAYGROUND}{address}")
    playground.page.reload()
    playground.choose("add-42")
    playground.choose("(your own program)")
    expect(playground.program).to_have_value(program)


def test_what_cannot_be_seen_is_named(playground):
    playground.load("r0\u200b = 1\nexit")
    expect(playground.mistakes.first).to_contain_text("zero-width space")


def test_a_program_can_be_shared(playground, new_page):
    playground.program.fill("r0 = 13\nexit")
    playground.press("Share")
    expect(playground.page.locator(".pg-shared")).to_contain_text("link")
    other = Playground(new_page(), playground.page.url)
    expect(other.program).to_have_value("r0 = 13\nexit")
    other.press("Load")
    other.decides("Accepted")


def test_the_playground_without_a_kernel_says_so_and_goes_on(lenient):
    playground = Playground(lenient)
    lenient.route("**/step-07-*.bin", lambda route: route.abort())
    playground.press("Load")
    expect(playground.verdict).to_contain_text("broke off", timeout=START_SECONDS * 1000)
    lenient.unroute("**/step-07-*.bin")
    playground.press("Load")
    playground.decides("Accepted")


def answer(status: int, route: Route) -> None:
    route.fulfill(status=status)


def paste(field, text: str) -> None:
    """As from the clipboard, which a browser without a head may not have."""
    field.evaluate(
        """(field, text) => {
          const clipboardData = new DataTransfer();
          clipboardData.setData("text/plain", text);
          field.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
        }""",
        text,
    )
