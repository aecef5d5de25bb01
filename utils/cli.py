"""The `dl4cv` command: a thin face over utils.authoring and utils.grading. Each command imports what it needs when it is called."""

import os
import sys
import time
from pathlib import Path
from typing import Annotated

from utils.authoring.course import CourseError

NEEDS_AUTHORING = "dl4cv needs {}, which the notebooks do not: pip install 'dl4cv[authoring]' (in the course's folder: pip install -e '.[authoring]')"

try:
    import typer
except ModuleNotFoundError as missing:
    raise SystemExit(NEEDS_AUTHORING.format(missing.name)) from None

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


@app.callback()
def dl4cv():
    """Make, check and grade the course. Run it anywhere inside the course's folder."""


@app.command()
def build(
    units: Annotated[
        list[str] | None, typer.Argument(help="Units to build, such as 03_convolution_arithmetic; all if left out.")
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; list all that is stale or wrong, and fail if anything is.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Run lectures again even if nothing they depend on has changed.")
    ] = False,
):
    """Make notebooks, executed lectures, releases and the README's map from their sources, where these changed."""
    start = time.perf_counter()
    from utils.authoring import course
    from utils.authoring.build import build

    outcome = build(course.root(), units, check=check, force=force)
    for path in outcome.changed:
        print(f"stale: {path.as_posix()} (run `dl4cv build`)" if check else f"wrote {path.as_posix()}")
    for problem in outcome.problems:
        print(f"problem: {problem}")
    count = f"{len(outcome.changed)} {'stale' if check else 'written'}, {len(outcome.problems)} problems"
    print(f"{count}, {time.perf_counter() - start:.1f} s")
    raise typer.Exit(1 if outcome.problems or (check and outcome.changed) else 0)


@app.command()
def student(
    folder: Annotated[Path, typer.Argument(help="The copy: a new folder, or the one that this command made before.")],
):
    """Write the students' repository, or bring it up to date: lectures, exercises, data and utils, and no solution or hidden test."""
    from utils.authoring import course, generated, student

    root = course.root()
    here = course.students(course.settings(root))
    new = student.write(root, folder)
    print(f"{folder} is {'up to date: one commit was added' if new else 'unchanged: there was nothing new'}")
    print(f"publish it: git -C {folder} push {here.repository} HEAD:{here.branch}")
    print(f"then students on a JupyterHub follow this link: {generated.pull_link(here)}")


@app.command()
def site():
    """Build the website into build/site/html, from the notebooks as they are: nothing is executed."""
    start = time.perf_counter()
    from utils.authoring import course, site

    out = course.root() / "build" / "site"
    site.build(course.root(), out)
    print(f"{out / 'html' / 'index.html'}, {time.perf_counter() - start:.0f} s")


@app.command()
def demo(
    unit: Annotated[str, typer.Argument(help="The unit to release and grade.")] = "03_convolution_arithmetic",
    nbgrader: Annotated[
        bool, typer.Option("--nbgrader", help="With nbgrader's own commands: slower, and without walls around the code.")
    ] = False,
):
    """Show an instructor's loop on an example class, in demo/: release, hand in, grade, write feedback, list the marks."""
    from utils.authoring import classroom, course

    place = course.root() / "demo"
    if not classroom.run(course.root(), unit, place, lambda line: print(f"▸ {line}", flush=True), plain=nbgrader):
        print("▸ graded before, and nothing has changed since (delete demo/ to see it again)")
    classroom.show(place, unit)


@app.command()
def doctor():
    """Say which walls this machine can put around a student's code, and what it means where one is missing."""
    from utils.grading.protections import protections

    found = protections()
    for protection in found:
        print(f"{'✘' if protection.missing else '✔'} {protection.name:<11} {protection.does}")
        if protection.missing:
            print(f"{'':<14}missing: {protection.missing}")
    if any(protection.missing for protection in found):
        from utils.grading.protections import advice

        print(f"\n`dl4cv grade` refuses to run here. {advice(found)}")
        raise typer.Exit(1)
    print("\nAll there: a student's code can be graded on this machine.")


@app.command()
def pretrain(
    names: Annotated[
        list[str],
        typer.Argument(
            help="savanna, cifar10 (whose pictures are looked for in the folder that DL4CV_DATA names), "
            "lenet5, alexnet, vgg, googlenet, resnet, rotation, detector, segmenter; one after the other."
        ),
    ],
    seed: Annotated[int, typer.Option(help="Another seed gives other weights.")] = 0,
):
    """Train networks that the course ships, and write their weights and model cards to data/weights. Break off and call again to go on."""
    from utils.authoring import pretrain

    for name in names:
        try:
            facts = pretrain.pretrain(name, seed=seed)
        except (ValueError, OSError) as error:
            raise CourseError(str(error)) from error
        print(f"wrote data/weights/{name}.safetensors and {name}.md: {pretrain.result(facts)}")


@app.command()
def grade(
    unit: Annotated[str, typer.Argument(help="The unit, such as 03_convolution_arithmetic.")],
    students: Annotated[
        list[str] | None, typer.Option("--student", help="Only this student; may be given several times.")
    ] = None,
    jobs: Annotated[int, typer.Option(min=1, help="Submissions graded at the same time.")] = os.cpu_count() or 1,
    regrade: Annotated[bool, typer.Option("--regrade", help="Also those that were graded before and have not changed.")] = False,
    allow_missing: Annotated[
        list[str] | None,
        typer.Option("--allow-missing", help="Do without a protection that this machine lacks, at your own risk."),
    ] = None,
    scheduler: Annotated[
        str | None, typer.Option(help="Grade on the workers of this Dask scheduler, such as tcp://host:8786, instead of here.")
    ] = None,
):
    """Grade the submissions that are new or changed: each in a sandbox, into nbgrader's gradebook. May be cut off and run again."""
    from utils.authoring import course
    from utils.grading import terminal

    summary = terminal.grade(course.root(), unit, students, jobs, regrade, tuple(allow_missing or ()), scheduler)
    raise typer.Exit(1 if summary.with_status("failed") else 0)


@app.command()
def collect(
    unit: Annotated[str, typer.Argument(help="The unit that was handed in.")],
    zip_file: Annotated[Path, typer.Argument(help="All submissions, as Canvas or Moodle gives them, or one folder a student.")],
):
    """Put the notebooks of a learning platform's zip file into submitted/."""
    from utils.authoring import course
    from utils.grading import collect, folders

    count = collect.collect(folders.folders(course.root()), unit, zip_file)
    print(f"submissions of {count} students are in submitted/; now: dl4cv grade {unit}")


@app.command()
def report(
    unit: Annotated[str, typer.Argument(help="A unit that was graded.")],
    html: Annotated[Path | None, typer.Option(help="Also write the report to this file, as HTML.")] = None,
):
    """Report on a class: points, how tasks went, misconceptions, what is worth a look, what was slow."""
    from rich.console import Console

    from utils.authoring import course
    from utils.grading import folders, report

    found = report.report(folders.folders(course.root()), unit)
    report.show(found, Console(width=None if sys.stdout.isatty() else 160))
    if html:
        html.write_text(report.page(found), encoding="utf-8")
        print(f"written to {html}")


@app.command()
def feedback(unit: Annotated[str, typer.Argument(help="A unit that was graded.")]):
    """Write the students' feedback pages again, with what was marked and commented by hand since, and what lateness costs."""
    from utils.authoring import course
    from utils.grading import folders, terminal

    count = terminal.write_feedback(folders.folders(course.root()), unit)
    print(f"wrote feedback/<student>/{unit}/{unit}.html for {count} students")


@app.command()
def export(
    unit: Annotated[str, typer.Argument(help="A unit that was graded.")],
    format: Annotated[str, typer.Option(help="csv, canvas or moodle.")] = "csv",
    to: Annotated[Path | None, typer.Option(help="The file to write; the screen if left out.")] = None,
):
    """Export marks as CSV, for Canvas's gradebook, or for Moodle's grading worksheet."""
    from utils.authoring import course
    from utils.grading import export, folders, terminal

    place = folders.folders(course.root())
    terminal.apply_deadlines(place, unit)
    text, waiting = export.export(place, unit, format)
    to.write_text(text, encoding="utf-8") if to else print(text, end="")
    if waiting:
        print(f"{waiting} submissions have an answer that is still to be marked by hand; it counts as 0", file=sys.stderr)


def main():
    """Run the command; what an author has to put right, and what is not installed, is said in a line instead of a traceback."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # a terminal without ✔ and → is no reason to fail
    try:
        app()
    except ModuleNotFoundError as missing:
        if (missing.name or "utils").split(".")[0] == "utils":
            raise
        sys.exit(NEEDS_AUTHORING.format(missing.name))
    except CourseError as error:
        sys.exit(f"dl4cv: {error}")


if __name__ == "__main__":
    main()
