#ifndef PROTOGRAPH_SRC_POSTGRES_CLAIM_CURSOR_H_
#define PROTOGRAPH_SRC_POSTGRES_CLAIM_CURSOR_H_

// Where claims begin to read. Jobs leave a queue at the front of its index. While a transaction is
// open anywhere in the database that began before, vacuum may not remove what they leave there, and
// each claim would step over all of it. So claims begin where the one before has ended, and only as
// often as that costs little at the very front, where jobs may have come that are due first.

#include <chrono>
#include <mutex>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"

namespace protograph::internal {

// Thread safe.
class ClaimCursor {
 public:
  using Clock = std::chrono::steady_clock;

  // As the statement takes them: a time and a UUID as texts.
  struct Position {
    std::string rank = "-infinity";
    std::string job_id = "00000000-0000-0000-0000-000000000000";
  };

  // Whether the next claim is to begin at the front.
  bool IsTimeForFront() const;
  Position After(const std::string& queue) const;

  // The last that a claim has handed out of a queue.
  void Advance(const std::string& queue, Position last);
  // A claim at the front took so long, and handed out so many.
  void NoteFront(Clock::duration taken, size_t jobs);
  // The next claim begins at the front: nothing was found from the position on, or jobs came back.
  void ForgetFront();

 private:
  mutable std::mutex mutex_;
  absl::flat_hash_map<std::string, Position> last_;
  Clock::time_point next_front_{};
};

}  // namespace protograph::internal

#endif  // PROTOGRAPH_SRC_POSTGRES_CLAIM_CURSOR_H_
