"""The list that a run starts from: how it is read, and all that can be wrong with it, said at once.

The run begins on 2017-01-02, a day of 86,400 seconds from midnight to midnight.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from simcare.config.build import job, job_from
from simcare.config.messages import ConfigError
from simcare.config.sweep import sweep
from simcare.config.today import LARGEST_BYTES, MOST_ROWS, MOST_SHOWN
from simcare.model.beginning import Beginning, Present

Command = Callable[[Sequence[str]], tuple[int, str, list[Path]]]
DAY = 86_400
HEADER = "stage,since,state,problem,motivation,severity\n"
GOOD = (
    "residential,2016-12-30,there,opioids,0.6,0.4",
    "residential,2017-01-01 18:30,waiting,,,",
    "gp_appointment,2017-01-02,,alcohol,1,0",
)
THERE = "detox,2016-12-30,there,opioids,,\n"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder in which the command is given."""
    place = tmp_path / "here"
    place.mkdir()
    monkeypatch.chdir(place)
    return place


def wrong(
    here: Path, text: str | bytes, *arguments: str, chosen: str = "policy=gp_referral"
) -> list[str]:
    """Return what is wrong with a list, without the words that are the same for all of it."""
    raw = text.encode() if isinstance(text, str) else text
    (here / "today.csv").write_bytes(raw)
    try:
        job(["start.people=today.csv", chosen, *arguments])
    except ConfigError as error:
        return [problem.removeprefix("start.people = today.csv: ") for problem in error.problems]
    return []


def read(here: Path, text: str | bytes) -> Beginning:
    """Return the people of a list in which nothing is wrong."""
    assert wrong(here, text) == []
    made = job(["start.people=today.csv", "policy=gp_referral"])
    beginning = made.study.scenes[0].scenario.beginning
    assert beginning is not None
    return beginning


def test_the_number_of_an_episode_is_read(here: Path) -> None:
    """It may be left out or be empty, then it is the first; else it is a whole number from 1."""
    header, row = "stage,since,state,episode\n", "residential,2016-12-30,there,"
    given = read(here, header + f"{row}3\n{row}\n{row}1000\n")
    assert [one.episode for one in given.people] == [3, 1, 1000]
    assert [one.attributes for one in given.people] == [{}, {}, {}]
    found = wrong(
        here, header + "".join(f"{row}{text}\n" for text in ("0", "1001", "-1", "1.5", "x"))
    )
    assert [problem.partition(":")[0] for problem in found] == [f"line {k}" for k in range(2, 7)]
    assert all("episode = " in one and "a whole number from 1 to 1,000" in one for one in found)


def test_a_list_is_read(here: Path) -> None:
    """Hold what is made of a list: ticks before day 0, states, and what is known of each."""
    found = read(here, HEADER + "\n".join(GOOD) + "\n")
    known: dict[str, float | str] = {"problem": "opioids", "motivation": 0.6, "severity": 0.4}
    assert found.people == (
        Present(2, "residential", -3 * DAY, "there", known),
        Present(3, "residential", -(5 * 3600 + 30 * 60), "waiting", {}),
        Present(4, "gp_appointment", 0, "", {"problem": "alcohol", "motivation": 1, "severity": 0}),
    )
    assert found.size_bytes == len(HEADER + "\n".join(GOOD)) + 1


def test_a_list_is_read_as_spreadsheets_write_it(here: Path) -> None:
    """Hold that a mark of UTF-8, semicolons, decimal commas and ends of lines make no difference.

    So do blank lines, spaces around a cell, quotes and the order of the columns.
    """
    plain = read(here, HEADER + "\n".join(GOOD))
    text = (HEADER + "\n".join(GOOD)).replace(",", ";").replace("0.6", "0,6").replace("0.4", "0,4")
    assert read(here, b"\xef\xbb\xbf" + text.encode()).people == plain.people
    assert read(here, text.replace("\n", "\r\n")).people == plain.people
    quoted = text.replace("residential", ' "residential" ').replace(' "', '"').replace('" ', '"')
    assert read(here, quoted.replace("2016-12-30", " 2016-12-30 ")).people == plain.people
    blank = read(here, f"\n{text}\n;;;;;\n\n")
    assert [one.line for one in blank.people] == [3, 4, 5]
    assert [one.stage for one in blank.people] == [one.stage for one in plain.people]
    turned = "since,stage,state\n2016-12-30,residential,there\n"
    assert read(here, turned).people[0].since == -3 * DAY


def test_the_state_may_be_left_out_where_nobody_waits(here: Path) -> None:
    """Hold that a column of states is not needed where no stage of the list asks for anything."""
    (one,) = read(here, "stage,since\nhome,2010-01-01\n").people
    assert not one.is_waiting


def test_who_comes_first(here: Path) -> None:
    """Hold the order: those there, then those who wait, by since and then by row."""
    rows = (
        "detox,2016-12-30,waiting",
        "detox,2016-12-29,waiting",
        "detox,2016-12-31,there",
        "home,2016-12-01,",
        "detox,2016-12-30,waiting",
    )
    found = read(here, "stage,since,state\n" + "\n".join(rows))
    assert found.in_order() == (3, 2, 1, 0, 4)
    assert found.counts() == {"detox": {"there": 1, "waiting": 3}, "home": {"there": 1}}


ROWS: tuple[tuple[str, str], ...] = (
    ("detx,2016-12-30,there,,,", "line 2: stage = detx: unknown stage; allowed: gp_appointment, "),
    ("detx,2016-12-30,there,,,", "did you mean detox?"),
    (",2016-12-30,there,,,", "line 2: stage: is required"),
    ("detox,30/2016,there,,,", "since = 30/2016: a date such as 2017-01-02, or with a time"),
    ("detox,30.12.2016,there,,,", "since = 30.12.2016: the year comes first: 2016-12-30"),
    (
        "detox,1/2-2016 08:30,there,,,",
        "since = 1/2-2016 08:30: the year comes first: 2016-02-01 08",
    ),
    ("detox,30.02.2016,there,,,", "since = 30.02.2016: a date such as"),
    ("detox,2016-02-30,there,,,", "since = 2016-02-30: a date such as"),
    ("detox,2016-12-30 25:00,there,,,", "since = 2016-12-30 25:00: a date such as"),
    ("detox,2016-12-30T10:00:00,there,,,", "a date such as"),
    ("detox,,there,,,", "since = an empty text: a date such as"),
    ("detox,2017-01-02 00:01,there,,,", "must not be later: the run begins on 2017-01-02 at 00:00"),
    ("detox,1916-12-30,there,,,", "since = 1916-12-30: more than 30 years before the run begins"),
    ("detox,0001-01-01,there,,,", "more than 30 years before"),
    ("detox,2016-12-30,ther,,,", "state = ther: allowed: waiting, there; did you mean there?"),
    (
        "detox,2016-12-30,Venter,,,",
        "state = Venter: allowed: waiting, there; did you mean waiting?",
    ),
    ("detox,2016-12-30,inlagd,,,", "state = inlagd: allowed: waiting, there; did you mean there?"),
    ("detox,2016-12-30,other,,,", "state = other: allowed: waiting, there"),
    ("Residential,2016-12-30,there,,,", "did you mean residential?"),
    ("DETOX,2016-12-30,there,,,", "did you mean detox?"),
    ("detox,2016-12-30,,,,", "line 2: state: waiting or there is required: detox asks for detox"),
    (
        "gp_appointment,2016-12-30,waiting,,,",
        "state = waiting: nobody waits for gp_appointment: it asks for nothing; allowed: there",
    ),
    ("detox,2016-12-30,there,opiods,,", "problem = opiods: unknown category; allowed: alcohol, "),
    ("detox,2016-12-30,there,opiods,,", "did you mean opioids?"),
    ("detox,2016-12-30,there,3,,", "problem = 3: a category is required; allowed: alcohol, "),
    ("detox,2016-12-30,there,,high,", "motivation = high: a number is required"),
    ("detox,2016-12-30,there,,nan,", "motivation = nan: a number is required"),
    ("detox,2016-12-30,there,,1.01,", "motivation = 1.01: a number from 0 to 1 is required"),
    ("detox,2016-12-30,there,,,-0.1", "severity = -0.1: a number from 0 to 1 is required"),
    (
        "detox,2016-12-30,there,,1e999,",
        "motivation = 1e999: a number this large is not read",
    ),
    ('detox,2016-12-30,there,,"0,7",', "motivation = 0,7: a number is required"),
    ("detox,2016-12-30,there", "line 2: 3 cells, and the header has 6"),
    ("detox,2016-12-30,there,,,,", "line 2: 7 cells, and the header has 6"),
    ('detox,2016-12-30,"there', "line 2: not CSV (unexpected end of data)"),
    ("detox\x00,2016-12-30,there,,,", "stage = detox\N{REPLACEMENT CHARACTER}: unknown stage"),
)


@pytest.mark.parametrize(("row", "said"), ROWS)
def test_a_wrong_row_is_named(here: Path, row: str, said: str) -> None:
    """Hold that one wrong cell makes one problem: the line, what was given, what is allowed."""
    (found,) = wrong(here, f"{HEADER}{row}\n")
    assert said in found


FILES: tuple[tuple[str | bytes, str], ...] = (
    ("", "an empty file: a header and a row for each person are required"),
    ("\n \n,,\n", "an empty file"),
    (HEADER, "nobody is on it: leave start out, or give it people"),
    ("stage,state\ndetox,there\n", "column since: is required"),
    ("stage,sinse\ndetox,there\n", "column since: is required; is sinse meant for it?"),
    ("stage,since,since\ndetox,2016-12-30,\n", "column since: it is there twice"),
    ("stage,since,\nhome,2016-12-30,\n", "line 1: a column without a name"),
    ("stage,since,motivaton\nhome,2016-12-30,1\n", "did you mean motivation?"),
    ("stage,since,episodes\nhome,2016-12-30,1\n", "column episodes: not an attribute of"),
    (f"{HEADER}d\xe9tox,".encode("latin-1"), "line 2: not UTF-8: save it as CSV in UTF-8"),
    (HEADER.encode("utf-16"), "line 1: not UTF-8"),
    (b"stage,since\n" + b"x" * 200_000, "not CSV (field larger than field limit"),
    (HEADER + 14 * THERE, "detox: 14 are there, and on day 0 it has 13 beds"),
)


@pytest.mark.parametrize(("text", "said"), FILES)
def test_a_wrong_file_is_named(here: Path, text: str | bytes, said: str) -> None:
    """Hold that what is wrong with the file as a whole is said."""
    assert any(said in problem for problem in wrong(here, text))


def test_a_list_can_be_too_long(here: Path) -> None:
    """Hold that there may be so many people and bytes, and no more."""
    row = "home,2016-12-30\n"
    assert wrong(here, "stage,since\n" + MOST_ROWS * row) == []
    (found,) = wrong(here, "stage,since\n" + (MOST_ROWS + 1) * row)
    assert found == "more people than 100,000, which is the most there can be"
    (found,) = wrong(here, b" " * (LARGEST_BYTES + 1))
    assert found == "50,000,001 bytes; at most 50,000,000 are read"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("start.people=gone.csv", "start.people = gone.csv: there is no such file"),
        ("start.people=.", "start.people = .: not a file"),
        ("start.people=''", "start.people = an empty text: a text is required"),
        ("start.people=3", "start.people = 3: a text is required"),
        (f"start.people={'x' * 400}", "cannot be read (File name too long)"),
        ("start=today.csv", "start = today.csv: keys with values are required"),
        ("start.peple=today.csv", "start.peple = today.csv: unknown key; allowed: people"),
        ("start={peple: today.csv}", "did you mean people?"),
    ],
)
def test_a_list_that_is_not_there(command: Command, given: str, said: str) -> None:
    """Hold that the key and the file are named, the code is 2, and nothing is written."""
    code, told, written = command(["run", "policy=gp_referral", given])
    assert (code, written) == (2, [])
    assert said in told
    assert "Traceback" not in told


def test_all_that_is_wrong_is_said_at_once(here: Path) -> None:
    """Hold that the file, the rows, the service and the plan are judged together.

    What is wrong with the list comes in the order of its lines, after what is of no line.
    """
    text = (
        "stage,since,state,problem,problem,motivaton\n"
        "detx,2018-12-30,there,opioids,,0.5\n"
        "detox,2016-12-30,there,opiods,,\n"
        "detox,2016-12-30\n"
    )
    found = wrong(here, text, "seed=-1", "service.capacities.detox.beds=0")
    assert [problem.partition(": ")[0] for problem in found] == [
        "seed = -1", "column problem", "column motivaton", "detox",
        "line 2", "line 2", "line 3", "line 4",
    ]  # fmt: skip


def test_a_forgotten_start_date_is_one_problem(here: Path) -> None:
    """Hold that dates after day 0 are one line, with the day to give where all of them are so."""
    rows = [f"detox,2026-11-{day:02},waiting,,,\n" for day in range(1, 11)]
    later = "must not be later: the run begins on 2017-01-02 at 00:00 (start_date)"
    assert wrong(here, HEADER + "".join(rows)) == [
        f"lines 2, 3, 4 and 7 more: since = 2026-11-01 to 2026-11-10: {later}; "
        "if the list is of that time, give its day, such as start_date=2026-11-10"
    ]
    assert wrong(here, HEADER + "".join(rows), "start_date=2026-11-10") == []
    assert wrong(here, HEADER + THERE + "".join(rows)) == [
        f"lines 3, 4, 5 and 7 more: since = 2026-11-01 to 2026-11-10: {later}"
    ]
    timed = HEADER + 2 * "detox,2026-11-10 14:30,waiting,,,\n"
    (said,) = wrong(here, timed)
    assert said.startswith(f"lines 2 and 3: since = 2026-11-10 14:30: {later}")
    assert said.endswith("such as start_date=2026-11-11")


def test_dates_with_the_day_first_are_one_problem(here: Path) -> None:
    """Hold that the first is shown as it is to be written, and how many others there are."""
    rows = [f"detox,{day}.11.2016,waiting,,,\n" for day in (7, 7, 8, 9)]
    assert wrong(here, HEADER + "".join(rows)) == [
        "lines 2, 3, 4 and 1 more: since = 7.11.2016 and 2 more such: "
        "the year comes first: 2016-11-07"
    ]


def test_a_column_in_capitals_is_named_once(here: Path) -> None:
    """Hold that each column of ours is named once, with how it is written."""
    found = wrong(here, "Stage;SINCE;State\nhome;30.12.2016;\n")
    assert found == [
        "column Stage: write it without capitals: stage",
        "column SINCE: write it without capitals: since",
        "column State: write it without capitals: state",
    ]
    (said,) = wrong(here, "stage,since,Problem\nhome,2016-12-30,\n")
    assert said.startswith("column Problem: not an attribute of the population")
    assert said.endswith("did you mean problem?")


def test_what_is_wrong_in_many_lines_is_said_once(here: Path) -> None:
    """Hold that a few lines are named and the others counted."""
    row = "detox,2016-12-30,waiting,opiods,,\n"
    assert wrong(here, HEADER + 2 * row)[0].startswith("lines 2 and 3: problem = opiods")
    assert wrong(here, HEADER + 9 * row)[0].startswith("lines 2, 3, 4 and 6 more: problem")


def test_many_problems_are_cut_off(here: Path) -> None:
    """Hold that of very many different problems some are shown, and how many more there are."""
    rows = [f"detox,2016-12-30,waiting,none_{k},,\n" for k in range(60)]
    found = wrong(here, HEADER + "".join(rows))
    assert len(found) == MOST_SHOWN + 1
    assert found[-1] == "40 more problems are not shown"


def test_a_part_of_a_capacity_can_be_too_small(here: Path) -> None:
    """Hold that beds are counted by category where they are split, by what is known.

    Whoever's category is to be drawn counts for the whole; changes on day 0 count.
    """
    parts = (
        "service.capacities.detox={by: problem, beds: {alcohol: 1, opioids: 2, cannabis: 0, "
        "stimulants: 0, prescribed_medicines: 0, gambling: 0}}"
    )
    rows = HEADER + 2 * "detox,2016-12-30,there,alcohol,,\n" + 2 * "detox,2016-12-30,there,,,\n"
    assert wrong(here, rows, parts) == [
        "detox: 4 are there, and on day 0 it has 3 beds",
        "detox, alcohol: 2 are there, and on day 0 it has 1 beds",
    ]
    closed = "service.capacities.detox.changes=[{day: 0, number: 1}]"
    assert wrong(here, HEADER + 2 * THERE, closed) == [
        "detox: 2 are there, and on day 0 it has 1 beds"
    ]


def test_places_are_those_of_day_0_with_all_open_and_nobody_ill(here: Path) -> None:
    """Hold that changes by date count, and calendars, closings and sick leave do not: by hand.

    Of 3 posts one is vacant; two who have four each are eight. On 2 January an office that opens
    at 8 is closed. What is shared by all is counted as a whole.
    """
    rows = HEADER + 9 * "detox,2016-12-30,there,alcohol,,\n"
    detox = "service.capacities.detox"
    staff = "{members: 3, caseload: 4, vacant_share: 0.34, sick_leave: {share: 0.5, mean_days: 9}}"
    found = wrong(here, rows, f"{detox}={{staff: {staff}}}")
    assert found == ["detox: 9 are there, and on day 0 it has 8 places"]
    shut = "{beds: 9, open: office, closings: [{from: 01-01, to: 01-31, closed_share: 1}]}"
    office = "+service.calendars={office: {hours: '08:00-16:00'}}"
    assert wrong(here, rows, office, f"{detox}={shut}") == []
    dated = "{beds: 9, changes: [{date: 2017-01-01, number: 8}, {date: 2017-01-03, number: 20}]}"
    found = wrong(here, rows, f"{detox}={dated}")
    assert found == ["detox: 9 are there, and on day 0 it has 8 beds"]
    others = "opioids: 9, cannabis: 0, stimulants: 0, prescribed_medicines: 0, gambling: 0"
    shared = f"{{by: problem, lists: one, beds: {{alcohol: 0, {others}}}}}"
    assert wrong(here, rows, f"{detox}={shared}") == []


def test_who_is_there_has_a_place_of_all_that_the_stage_asks_for(here: Path) -> None:
    """Hold that both capacities are counted, and both named where the state is left out."""
    rows = HEADER + THERE + "detox,2016-12-30,,opioids,,\n"
    several = "service.stages.detox.asks_for=[detox, residential]"
    assert wrong(here, rows, several, "service.capacities.residential.beds=0") == [
        "residential: 1 are there, and on day 0 it has 0 beds",
        "line 3: state: waiting or there is required: detox asks for detox and residential",
    ]


def test_holidays_must_be_known_since_who_waits_asked(here: Path) -> None:
    """Hold that a deadline in working days needs the holidays of the days before the run.

    In Sweden they are known from 1953 on. A calendar by which no deadline goes need not know
    them before.
    """
    rows = HEADER + "residential,1952-12-30,waiting,,,\n"
    office = (
        "start_date=1953-01-03",
        "horizon_days=2000",
        "service.calendars={office: {}, nordic: {holidays: sweden}}",
    )
    assert wrong(here, rows, *office) == []
    within = "{working_days: 5, calendar: nordic}"
    soon = f"service.deadlines={{soon: {{from: [residential], to: [home], within: {within}}}}}"
    assert wrong(here, rows, *office, soon) == [
        "service.calendars.nordic.holidays: the public holidays of sweden are known from 1953 to "
        "2100, and the run goes from 1952 to 1958: leave holidays out, or run a shorter"
    ]


def test_the_scenario_that_a_list_does_not_fit_is_named(here: Path) -> None:
    """Hold that a list must fit every policy and case, and that one that does not is named."""
    rows = HEADER + 133 * "residential,2016-12-30,there,,,\n"
    both = "study.policies=[gp_referral,more_beds]"
    found = wrong(here, rows, both, chosen="experiment=access")
    assert found == [
        "the policy gp_referral: start.people = today.csv: "
        "residential: 133 are there, and on day 0 it has 132 beds"
    ]
    assert wrong(here, rows, chosen="policy=more_beds") == []


def test_a_stream_cannot_have_the_name_of_the_people_of_the_list(here: Path) -> None:
    """Hold that a service with a stream of that name is refused with a list, and only then."""
    stream = "+service.arrivals.here_at_the_start={per_year: 3}"
    (found,) = wrong(here, HEADER + THERE, stream)
    assert found.startswith("service.arrivals.here_at_the_start: that is the stream of the people")
    assert job(["policy=gp_referral", stream]).study.scenes[0].scenario.beginning is None


# --- what a run is -------------------------------------------------------------------------------


def test_a_list_belongs_to_a_run_by_its_content(here: Path) -> None:
    """Hold that the hash follows what is in the file, not where it lies; no list leaves no key."""
    (here / "today.csv").write_text(HEADER + THERE)
    (here / "elsewhere").mkdir()
    (here / "elsewhere" / "other.csv").write_text(HEADER + THERE)
    (here / "two.csv").write_text(HEADER + 2 * THERE)
    run = ["policy=gp_referral"]
    made = job([*run, "start.people=today.csv"])
    assert made.config_hash == job([*run, "start.people=elsewhere/other.csv"]).config_hash
    assert made.config_hash != job([*run, "start.people=two.csv"]).config_hash
    assert made.config_hash != job(run).config_hash
    assert "start" not in job(run).resolved
    assert set(made.resolved["start"]) == {"people", "sha256", "bytes"}


def test_a_study_is_made_again_with_its_list(here: Path) -> None:
    """Hold that the resolved config finds the same list again, and refuses another or none."""
    (here / "today.csv").write_text(HEADER + THERE)
    made = job(["policy=gp_referral", "start.people=today.csv"])
    again = job_from(made.resolved)
    assert again.config_hash == made.config_hash
    assert again.study.scenes == made.study.scenes
    (here / "today.csv").write_text(HEADER + 2 * THERE)
    with pytest.raises(ConfigError) as caught:
        job_from(made.resolved)
    (problem,) = caught.value.problems
    assert problem.startswith(
        "start.people = today.csv: changed since the run began with it: its SHA-256 is "
    )
    (here / "today.csv").unlink()
    with pytest.raises(ConfigError) as caught:
        job_from(made.resolved)
    (problem,) = caught.value.problems
    assert problem.startswith(
        "start.people = today.csv: the run began with this list, and it is not there"
    )


def test_several_lists_are_a_sweep_of_them(here: Path) -> None:
    """Hold that each job of a sweep starts from its own list."""
    (here / "one.csv").write_text(HEADER + THERE)
    (here / "two.csv").write_text(HEADER + 2 * THERE)
    made = sweep(["policy=gp_referral", "start.people=one.csv,two.csv"])
    starts = [job.job.study.scenes[0].scenario.beginning for job in made.jobs]
    assert [len(start.people) for start in starts if start is not None] == [1, 2]
