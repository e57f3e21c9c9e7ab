"""Compares when cron expressions fire with croniter, another implementation, on random expressions and times.

  python3 check_croniter.py <cron_next> [<number of expressions>]

Everything is compared with random_cron.py too, which also says what croniter knows nothing of or takes for
something else; why is counted. In zones that change their clocks only times without a change between them
are compared, as croniter has no rule for changes. Exits with 77 where croniter is not installed.
"""

import calendar
import collections
import datetime
import random
import subprocess
import sys
import zoneinfo

import random_cron

try:
    import croniter
except ImportError:
    print("croniter is not installed (Debian: python3-croniter): nothing is compared")
    sys.exit(77)

_SEED = 20261
_FIRINGS = 3
_ZONES = [
    "UTC", "UTC", "UTC", "UTC", "Europe/Berlin", "America/New_York", "America/Santiago", "Asia/Kathmandu",
    "Asia/Tokyo", "Australia/Lord_Howe", "Pacific/Apia", "Pacific/Chatham",
]
_DAY = datetime.timedelta(days=1)


def main() -> int:
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 20_000
    rng = random.Random(_SEED)
    questions = [(random_cron.Expression(rng), rng.choice(_ZONES), _random_time(rng)) for _ in range(count)]
    lines = [f"{zone}\t{calendar.timegm(after.timetuple())}\t{_FIRINGS}\t{expression.text()}"
             for expression, zone, after in questions]
    run = subprocess.run([sys.argv[1]], input="\n".join(lines) + "\n", capture_output=True, text=True, check=True)
    answers = run.stdout.splitlines()
    if len(answers) != count:
        print(f"error: {len(answers)} answers to {count} questions", file=sys.stderr)
        return 1

    counts = collections.Counter()
    wrong = 0
    for (expression, zone, after), answer in zip(questions, answers):
        found = _compare(expression, zoneinfo.ZoneInfo(zone), after, answer, counts)
        if found is not None:
            wrong += 1
            if wrong <= 20:
                print(f"error: {expression.text()} in {zone} after {after}: {answer}, but {found}", file=sys.stderr)
    for what, number in sorted(counts.items()):
        print(f"{number:6} {what}")
    print(f"{wrong:6} of {count} differ")
    return 1 if wrong else 0


def _random_time(rng: random.Random) -> datetime.datetime:
    second = rng.randrange(int(100 * 365.2425 * 86400))
    return datetime.datetime(1975, 1, 1) + datetime.timedelta(seconds=second)


def _compare(expression, zone, after, answer, counts) -> str | None:
    """What is expected instead of the answer, if it is another."""
    after = after.replace(tzinfo=datetime.timezone.utc).astimezone(zone)
    expected = expression.next(after.replace(tzinfo=None), _FIRINGS)
    if not expected:
        counts["never fire, and are refused"] += 1
        return None if "can never fire" in answer else "it never fires"
    if len(expected) < _FIRINGS:
        # Some of those that wait for decades: only the first is looked at.
        answer = " ".join(answer.split(" ")[: len(expected)])
    expected = [moment.replace(tzinfo=zone) for moment in expected]
    if _changes(after, expected[-1], zone):
        counts["not compared: the clock is changed before the last of its times"] += 1
        return "its times in seconds" if "error" in answer else None
    counts["compared with random_cron.py"] += 1
    if answer != _seconds(expected):
        return f"random_cron.py says {_seconds(expected)}"
    reason = expression.why_not_croniter()
    if reason is not None:
        counts[f"not compared with croniter: {reason}"] += 1
        return None
    counts["compared with croniter"] += 1
    times = croniter.croniter(expression.croniter(), after, ret_type=datetime.datetime)
    theirs = _seconds([times.get_next() for _ in expected])
    return None if answer == theirs else f"croniter says {theirs} ({expression.croniter()})"


def _seconds(moments) -> str:
    return " ".join(str(int(moment.timestamp())) for moment in moments)


def _changes(first, last, zone) -> bool:
    """Whether the clock is changed in between, or on the day before or after."""
    if str(zone) in ("UTC", "Asia/Tokyo") or str(zone) == "Asia/Kathmandu" and first.year > 1986:
        return False
    moment, offset = first - _DAY, (first - _DAY).utcoffset()
    while moment < last + _DAY:
        moment += _DAY
        if moment.utcoffset() != offset:
            return True
    return False


if __name__ == "__main__":
    sys.exit(main())
