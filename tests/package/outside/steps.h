#ifndef OUTSIDE_STEPS_H_
#define OUTSIDE_STEPS_H_

#include <sstream>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "outside/report.pb.h"
#include "outside/words.pb.h"
#include "protograph/protograph.h"

namespace outside {

class CountWords {
 public:
  absl::StatusOr<WordCount> Compute(protograph::ExecCtx& /*ctx*/, const Text& text) const {
    if (text.text().empty()) return absl::InvalidArgumentError("no text");
    std::istringstream words(text.text());
    WordCount count;
    for (std::string word; words >> word;) count.set_words(count.words() + 1);
    return count;
  }
};

class MakeReport {
 public:
  Report Compute(protograph::ExecCtx& /*ctx*/, const WordCount& count) const {
    Report report;
    *report.mutable_count() = count;
    return report;
  }
};

}  // namespace outside

#endif  // OUTSIDE_STEPS_H_
