"""Random cron expressions, and what they mean in the plainest way: a day at a time, a piece at a time."""

import calendar
import datetime
import random
from dataclasses import dataclass

_MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
_WEEKDAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT", "7"]
# Firsts and lasts of second, minute, hour, day of month, month and day of week.
_LIMITS = [(0, 59), (0, 59), (0, 23), (1, 31), (1, 12), (0, 7)]
SECOND, MINUTE, HOUR, DAY, MONTH, WEEKDAY = range(6)


@dataclass
class Piece:
    kind: str  # values, last, before_last, nearest, last_working, last_weekday or nth_weekday
    text: str
    croniter: str | None  # how croniter spells it; None where it cannot
    values: tuple[int, ...] = ()
    number: int = 0

    def fits(self, field: int, date: datetime.date, value: int) -> bool:
        """Whether it means the value, which of the days of `date` is that of the field."""
        if self.kind == "values":
            return value in self.values
        length = calendar.monthrange(date.year, date.month)[1]
        if self.kind == "before_last":
            return date.day == length - self.number
        if self.kind == "nearest":
            return _nearest_working_day(date, length, self.number) == date.day
        if self.kind == "last_working":
            return _nearest_working_day(date, length, length) == date.day and date.weekday() < 5
        if date.isoweekday() % 7 != self.number:
            return False
        if self.kind == "last_weekday":
            return (date + datetime.timedelta(days=7)).month != date.month
        return (date.day + 6) // 7 == self.values[0]


def _nearest_working_day(date: datetime.date, length: int, day: int) -> int | None:
    if day > length:
        return None
    by_distance = sorted(range(1, length + 1), key=lambda other: abs(other - day))
    return next(other for other in by_distance if date.replace(day=other).weekday() < 5)


class Expression:
    def __init__(self, rng: random.Random):
        self.fields = [_random_field(rng, field) for field in range(6)]
        self.has_seconds = rng.random() < 0.3
        if not self.has_seconds:
            self.fields[SECOND] = [Piece("values", "0", "0", (0,))]

    def text(self) -> str:
        fields = self.fields if self.has_seconds else self.fields[1:]
        return " ".join(",".join(piece.text for piece in field) for field in fields)

    def croniter(self) -> str:
        """As croniter spells it, with the second last. It does not know 7 for Sunday then."""
        order = [MINUTE, HOUR, DAY, MONTH, WEEKDAY] + ([SECOND] if self.has_seconds else [])
        texts = [[piece.croniter for piece in self.fields[field]] for field in order]
        if self.has_seconds:
            for i, piece in enumerate(self.fields[WEEKDAY]):
                if piece.kind == "values" and piece.croniter != "*":
                    texts[4][i] = ",".join(str(value) for value in piece.values)
        return " ".join(",".join(field) for field in texts)

    def why_not_croniter(self) -> str | None:
        """The reason why croniter means something else, or nothing at all."""
        pieces = [piece for field in self.fields for piece in field]
        if any(piece.croniter is None for piece in pieces):
            return "W and L-3, which croniter does not know"
        weekdays = self.fields[WEEKDAY]
        special = [piece for piece in weekdays if piece.kind != "values"]
        if special and len(special) < len(weekdays):
            return "# or 5L beside other days of the week, which croniter refuses"
        if special and not self._star(DAY):
            return "# or 5L and a day of month, which croniter forgets then"
        # croniter looks whether a field has all values and nothing else, not how it begins.
        days = self._values(DAY)
        has_last = any(piece.kind == "before_last" for piece in self.fields[DAY])
        has_all = len(days) == 31 and not has_last or len(self._values(WEEKDAY)) == 7
        if has_all != (self._star(DAY) or self._star(WEEKDAY)):
            return "a field of days with a star that has not all values, or without one that has"
        # From a month without the 31st it goes on to the 3rd of the next, and is past what lies between.
        if len(days) < 31 and any(day > 28 and (has_last or day - 28 > days[0]) for day in days):
            return "29 to 31 beside L, 1 or 2, which croniter leaves out around the end of shorter months"
        return None

    def _star(self, field: int) -> bool:
        return self.fields[field][0].text[0] in "*?"

    def _has(self, field: int, date: datetime.date, value: int) -> bool:
        return any(piece.fits(field, date, value) for piece in self.fields[field])

    def _is_day(self, date: datetime.date) -> bool:
        if not self._has(MONTH, date, date.month):
            return False
        by_day = self._has(DAY, date, date.day)
        by_weekday = self._has(WEEKDAY, date, date.isoweekday() % 7)
        if self._star(DAY) or self._star(WEEKDAY):
            return by_day and by_weekday
        return by_day or by_weekday

    def next(self, after: datetime.datetime, count: int) -> list[datetime.datetime]:
        """The next times, fewer where there are not as many in 42 years."""
        found = []
        times = [
            (hour, minute, second)
            for hour in self._values(HOUR)
            for minute in self._values(MINUTE)
            for second in self._values(SECOND)
        ]
        date = after.date()
        last = date + datetime.timedelta(days=42 * 366)
        while date < last:
            if not self._has(MONTH, date, date.month):
                date = (date.replace(day=1) + datetime.timedelta(days=31)).replace(day=1)
                continue
            if self._is_day(date):
                for time in times:
                    moment = datetime.datetime(date.year, date.month, date.day, *time)
                    if moment > after:
                        found.append(moment)
                        if len(found) == count:
                            return found
            date += datetime.timedelta(days=1)
        return found

    def _values(self, field: int) -> list[int]:
        return sorted({value for piece in self.fields[field] for value in piece.values})


def _random_field(rng: random.Random, field: int) -> list[Piece]:
    star_chance = {SECOND: 0.2, MINUTE: 0.25, HOUR: 0.35, DAY: 0.5, MONTH: 0.6, WEEKDAY: 0.5}[field]
    if rng.random() < star_chance:
        first, last = _LIMITS[field]
        return [Piece("values", rng.choice("**?"), "*", _in_week(field, range(first, last + 1)))]
    count = rng.choice([1, 1, 1, 1, 2, 3])
    return [_random_piece(rng, field) for _ in range(count)]


def _random_piece(rng: random.Random, field: int) -> Piece:
    if field == DAY and rng.random() < 0.3:
        return _random_special_day(rng)
    if field == WEEKDAY and rng.random() < 0.35:
        return _random_special_weekday(rng)
    first, last = _LIMITS[field]
    low, high = sorted(rng.choices(range(first, last + 1), k=2))
    step = rng.randint(1, 7 if field == WEEKDAY else last - first + 1)
    shape = rng.choice(["value", "value", "range", "star step", "range step", "value step"])
    if shape == "value":
        text, values = _name(rng, field, low), [low]
    elif shape == "range":
        text, values = f"{_name(rng, field, low)}-{_name(rng, field, high)}", range(low, high + 1)
    elif shape == "star step":
        text, values = f"*/{step}", range(first, last + 1, step)
    elif shape == "range step":
        text, values = f"{_name(rng, field, low)}-{_name(rng, field, high)}/{step}", range(low, high + 1, step)
    else:
        text, values = f"{_name(rng, field, low)}/{step}", range(low, last + 1, step)
    return Piece("values", text, text, _in_week(field, values))


def _random_special_day(rng: random.Random) -> Piece:
    kind = rng.choice(["L", "L", "L-", "W", "LW"])
    if kind == "L":
        return Piece("before_last", rng.choice("Ll"), "l", number=0)
    if kind == "L-":
        number = rng.randint(1, 30)
        return Piece("before_last", f"L-{number}", None, number=number)
    if kind == "W":
        number = rng.randint(1, 31)
        return Piece("nearest", f"{number}{rng.choice('Ww')}", None, number=number)
    return Piece("last_working", rng.choice(["LW", "lw"]), None)


def _random_special_weekday(rng: random.Random) -> Piece:
    day = rng.randint(0, 7)
    if rng.random() < 0.5:
        return Piece("last_weekday", f"{_name(rng, WEEKDAY, day)}{rng.choice('Ll')}", f"l{day}", number=day % 7)
    nth = rng.randint(1, 5)
    text = f"{_name(rng, WEEKDAY, day)}#{nth}"
    return Piece("nth_weekday", text, text, values=(nth,), number=day % 7)


def _name(rng: random.Random, field: int, value: int) -> str:
    names = {MONTH: ["", *_MONTHS], WEEKDAY: _WEEKDAYS}.get(field)
    if names is None or rng.random() < 0.5:
        return str(value)
    return rng.choice([str.upper, str.lower, str.title])(names[value])


def _in_week(field: int, values) -> tuple[int, ...]:
    return tuple(value % 7 for value in values) if field == WEEKDAY else tuple(values)
