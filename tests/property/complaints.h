#ifndef PROTOGRAPH_TESTS_PROPERTY_COMPLAINTS_H_
#define PROTOGRAPH_TESTS_PROPERTY_COMPLAINTS_H_

#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace protograph::property {

// Faults of the library that steps and checks have found, on any thread.
class Complaints {
 public:
  void Add(std::string complaint) {
    const std::lock_guard<std::mutex> lock(mutex_);
    // A fault of one item may be one of all.
    if (all_.size() < kMost) all_.push_back(std::move(complaint));
  }
  std::vector<std::string> all() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return all_;
  }

 private:
  static constexpr size_t kMost = 20;

  mutable std::mutex mutex_;
  std::vector<std::string> all_;
};

}  // namespace protograph::property

#endif  // PROTOGRAPH_TESTS_PROPERTY_COMPLAINTS_H_
