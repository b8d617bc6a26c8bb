"""The command line: `python -m loopscope run|attach|report|export …`."""

from __future__ import annotations

import argparse
import os
import sys
from typing import Any, NoReturn, Optional

from loopscope import findings, program
from loopscope.arming import ImportWatcher
from loopscope.options import BadOption, Options, check_level, check_threshold, from_environment

EXIT_MATCHED = 3
EXIT_USAGE = 2


def main(arguments: list[str]) -> int:
    """Run a command; gives the exit status."""
    parser = _parser()
    chosen = parser.parse_args(arguments)
    if chosen.command == "run":
        return _run(parser, chosen)
    if chosen.command == "attach":
        from loopscope.attach import command

        return command.run(chosen)
    if chosen.command == "report":
        return _report(chosen)
    if chosen.command == "export":
        return _export(chosen)
    parser.print_help(sys.stderr)
    return EXIT_USAGE


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(EXIT_USAGE, f"loopscope: {message}\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m loopscope", description="Watch the asyncio event loops of a Python program.")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", parser_class=_Parser)
    run = commands.add_parser(
        "run",
        help="run a program and watch it",
        usage="python -m loopscope run [options] (SCRIPT | -m MODULE) [ARG ...]",
        description="Run a program and watch its event loops. The exit code is the program's own; where that is 0 and "
        "a rule of --fail-on was matched, it is 3.",
    )
    run.add_argument("--level", metavar="watch|trace", help="how closely to look (default: watch)")
    run.add_argument("--threshold", metavar="MS", help="milliseconds that make a block (default: 100)")
    run.add_argument("--record", metavar="FILE", help="write a recording, which Loopscope can replay")
    run.add_argument(
        "--report", metavar="FILE", help="write a report when the program has ended; - is the standard output"
    )
    run.add_argument("--report-format", choices=("json", "text"), default="json", help="form of the report")
    run.add_argument(
        "--fail-on", metavar="RULE[,RULE...]", default="", help="exit with code 3 when one of these rules was matched"
    )
    run.add_argument(
        "--foreseen",
        metavar="FINDINGS",
        help="the report says which of these lines ran without holding a loop; written by loopscope-lint --format json",
    )
    run.add_argument("-m", dest="module", action="store_true", help="run a module, as python -m does")
    run.add_argument("program", nargs=argparse.REMAINDER, metavar="SCRIPT")
    _add_attach(commands)
    report = commands.add_parser("report", help="print the report of a recording")
    report.add_argument("recording", metavar="RECORDING")
    report.add_argument("--report-format", choices=("json", "text"), default="json", help="form of the report")
    export = commands.add_parser("export", help="turn a recording into a file for another program")
    export.add_argument("recording", metavar="RECORDING")
    export.add_argument("--format", choices=("perfetto",), required=True, help="perfetto: a trace for ui.perfetto.dev")
    export.add_argument("--output", metavar="FILE", default="-", help="where to (default: -, the standard output)")
    return parser


def _add_attach(commands: argparse._SubParsersAction[_Parser]) -> None:
    attach = commands.add_parser(
        "attach",
        help="look into a program that already runs",
        description="Look into the event loops of a running program, until Ctrl+C or its end; it runs on as it was. It "
        "has to have the runtime in it (by `run`, LOOPSCOPE_LISTEN=local or loopscope.install()), or to be Python 3.14 "
        "or later. Without PID, lists the programs that have the runtime in them.",
    )
    attach.add_argument("pid", nargs="?", type=int, metavar="PID")
    attach.add_argument("--threshold", metavar="MS", help="milliseconds that make a block meanwhile")
    attach.add_argument("--for", dest="seconds", type=float, metavar="SECONDS", help="detach after so long")
    attach.add_argument("--report", metavar="FILE", help="write a report when detaching; - is the standard output")
    attach.add_argument("--report-format", choices=("json", "text"), default="json", help="form of the report")
    attach.add_argument("--into", metavar="tcp:HOST:PORT", help=argparse.SUPPRESS)


def _run(parser: argparse.ArgumentParser, chosen: argparse.Namespace) -> int:
    words: list[str] = list(chosen.program)
    if words and words[0] == "--":
        del words[0]
    is_module = bool(chosen.module)
    if not words:
        parser.error("name the script to run, or -m and a module.")
    rules = [rule.strip() for rule in chosen.fail_on.split(",") if rule.strip()]
    for rule in rules:
        if rule not in findings.RULES:
            parser.error(f"the rule {rule!r} of --fail-on is unknown: use one of {', '.join(findings.RULES)}.")
    for name in (chosen.report, chosen.record):
        if name not in (None, "-"):
            problem = _cannot_write(name)
            if problem is not None:
                parser.error(problem)
    try:
        options = _options(chosen)
    except BadOption as problem:
        parser.error(str(problem))
    if chosen.foreseen is not None:
        options.foreseen = _foreseen(parser, chosen.foreseen)
    pid = os.getpid()
    watch = _Watch(options)
    _pass_on_to_children(options)
    try:
        ending = program.run(words[0], is_module, words[1:])
    except program.NotRun as problem:
        print(f"loopscope: {problem}", file=sys.stderr)
        ending = program.Ending(problem.status)
    if os.getpid() != pid:
        # A child that the program forked ends here; the report is its parent's to write.
        return ending.status
    built = watch.end()
    if chosen.report is not None:
        from loopscope import report

        report.write(built, chosen.report, chosen.report_format)
    status = ending.status
    if not status and any(finding["rule"] in rules for finding in built["findings"]):
        status = EXIT_MATCHED
    if ending.interrupted:
        # The interpreter ends itself by the signal when it is left with this; the traceback has been printed.
        sys.excepthook = lambda *_: None
        raise KeyboardInterrupt
    return status


def _options(chosen: argparse.Namespace) -> Options:
    options = from_environment()
    if chosen.level is not None:
        options.level = check_level(chosen.level)
    if chosen.threshold is not None:
        options.threshold_ms = check_threshold(chosen.threshold)
    options.record = None if chosen.record is None else os.path.abspath(chosen.record)
    options.report = chosen.report is not None or bool(chosen.fail_on)
    return options


def _foreseen(parser: argparse.ArgumentParser, name: str) -> list[dict[str, Any]]:
    """The lines that a file of findings names."""
    from loopscope import foreseen

    try:
        read = foreseen.read(name)
    except foreseen.BadFindings as problem:
        parser.error(str(problem))
    if read.left_out:
        print(f"loopscope: {read.left_out} lines of {name} are too many and not watched.", file=sys.stderr)
    return read.files


class _Watch:
    """Puts the runtime in as soon as the program imports asyncio, and takes the report when it has ended."""

    def __init__(self, options: Options) -> None:
        self._options = options
        for finder in list(sys.meta_path):
            # The bootstrap waits for the same import; what was asked on the command line goes first.
            if type(finder).__name__ == "ImportWatcher" and getattr(finder, "name", "") == "asyncio":
                sys.meta_path.remove(finder)
        if "asyncio" in sys.modules:
            self._install()
        else:
            ImportWatcher("asyncio", lambda _: self._install()).arm()

    def _install(self) -> None:
        try:
            from loopscope import installation

            problem = installation.install(self._options).executed.problem
            if problem is not None:
                print(f"loopscope: {problem}", file=sys.stderr)
        except Exception as error:
            print(f"loopscope: could not watch this program: {error}", file=sys.stderr)

    def end(self) -> dict[str, Any]:
        """Take the runtime out and give the report; one without loops when the program never imported asyncio."""
        from loopscope import report
        from loopscope.clock import Clock
        from loopscope.process import hello
        from loopscope.tables import Tables

        session = None
        if "loopscope.installation" in sys.modules:
            from loopscope import installation

            session = installation.uninstall("exit") or installation.last()
        if session is None:
            return report.build(hello(self._options, Clock()), Tables())
        return report.build(session.hello, session.tables)


def _pass_on_to_children(options: Options) -> None:
    """Python processes that the program starts are watched as well, when there is a viewer to show them."""
    if options.connect is None:
        return
    folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "bootstrap")
    others = os.environ.get("PYTHONPATH")
    if others is None:
        os.environ["PYTHONPATH"] = folder
    elif folder not in others.split(os.pathsep):
        os.environ["PYTHONPATH"] = folder + os.pathsep + others


def _cannot_write(name: str) -> Optional[str]:
    folder = os.path.dirname(os.path.abspath(name))
    if not os.path.isdir(folder):
        return f"{name} cannot be written: the folder {folder} does not exist."
    if os.path.isdir(name):
        return f"{name} cannot be written: it is a folder."
    if not os.access(name if os.path.exists(name) else folder, os.W_OK):
        return f"{name} cannot be written: permission denied."
    return None


def _report(chosen: argparse.Namespace) -> int:
    from loopscope import recording, report

    try:
        read = recording.read(chosen.recording)
    except recording.BadRecording as problem:
        print(f"loopscope: {problem}", file=sys.stderr)
        return EXIT_USAGE
    if read.warning is not None:
        print(f"loopscope: {read.warning}", file=sys.stderr)
    built = report.build(read.hello, read.tables)
    sys.stdout.write(report.as_text(built) if chosen.report_format == "text" else report.as_json(built))
    return 0


def _export(chosen: argparse.Namespace) -> int:
    from loopscope import recording
    from loopscope.perfetto import export

    try:
        warning = export.export(chosen.recording, chosen.output)
    except (recording.BadRecording, export.CannotWrite) as problem:
        print(f"loopscope: {problem}", file=sys.stderr)
        return EXIT_USAGE
    if warning is not None:
        print(f"loopscope: {warning}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
