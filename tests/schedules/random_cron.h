#ifndef PROTOGRAPH_TESTS_SCHEDULES_RANDOM_CRON_H_
#define PROTOGRAPH_TESTS_SCHEDULES_RANDOM_CRON_H_

// Random cron expressions that know what they mean without being read: each piece is made together
// with a question that says which values it stands for.

#include <array>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "absl/time/civil_time.h"

namespace protograph::test {

class RandomCron {
 public:
  enum class Days { kRandom, kEvery };

  explicit RandomCron(std::mt19937_64& random, Days days = Days::kRandom);

  std::string text() const;
  bool Matches(absl::CivilSecond time) const;
  // Whatever the day.
  bool MatchesTimeOfDay(absl::CivilSecond time) const;
  bool is_wildcard() const { return BeginsWithStar(kMinute) || BeginsWithStar(kHour); }
  bool has_seconds() const { return has_seconds_; }

 private:
  enum Field { kSecond, kMinute, kHour, kDay, kMonth, kWeekday };
  struct Piece {
    std::string text;
    std::function<bool(absl::CivilSecond)> matches;
  };

  static Piece RandomPiece(Field field, std::mt19937_64& random);
  static Piece RandomSpecialDay(std::mt19937_64& random);
  static Piece RandomSpecialWeekday(std::mt19937_64& random);

  bool BeginsWithStar(Field field) const { return fields_[field][0].text[0] == '*'; }
  bool FieldMatches(Field field, absl::CivilSecond time) const;

  bool has_seconds_ = false;
  std::array<std::vector<Piece>, 6> fields_;
};

}  // namespace protograph::test

#endif  // PROTOGRAPH_TESTS_SCHEDULES_RANDOM_CRON_H_
