#ifndef PROTOGRAPH_SRC_TOOLS_CLI_DOCTOR_H_
#define PROTOGRAPH_SRC_TOOLS_CLI_DOCTOR_H_

// What `protograph doctor` looks at: a function for each part, which adds what it has found.

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "tools/cli/context.h"
#include "tools/cli/sql_session.h"

namespace protograph::cli {

struct Finding {
  enum class Level { kOk, kWarn, kFail };

  Level level = Level::kOk;
  // What was looked at, in a word.
  std::string check;
  std::string what;
  // What to do. Empty where there is nothing to do.
  std::string remedy;
};

class Findings {
 public:
  void Ok(std::string check, std::string what) {
    Add(Finding::Level::kOk, std::move(check), std::move(what), "");
  }
  void Warn(std::string check, std::string what, std::string remedy) {
    Add(Finding::Level::kWarn, std::move(check), std::move(what), std::move(remedy));
  }
  void Fail(std::string check, std::string what, std::string remedy) {
    Add(Finding::Level::kFail, std::move(check), std::move(what), std::move(remedy));
  }
  // That something could not be looked at.
  void NotChecked(std::string check, const absl::Status& status);

  const std::vector<Finding>& all() const { return all_; }
  bool has_failed() const;

 private:
  void Add(Finding::Level level, std::string check, std::string what, std::string remedy) {
    all_.push_back({level, std::move(check), std::move(what), std::move(remedy)});
  }

  std::vector<Finding> all_;
};

struct DoctorOptions {
  // Transactions that hold the horizon for longer are named.
  absl::Duration longest_transaction = absl::Seconds(30);
  bool json = false;
};

// Version and settings of the server.
void CheckServer(SqlSession& session, Findings& findings);
// Poolers, notifications, the clock.
void CheckConnection(SqlSession& session, const Context& context, Findings& findings);
// The schema's version, and whether the role may do with it what it must. Returns whether the
// schema can be looked at further.
bool CheckSchema(SqlSession& session, Findings& findings);
// That the schema's indexes are there and valid.
void CheckIndexes(SqlSession& session, Findings& findings);
// What keeps dead rows from being removed.
void CheckHorizon(SqlSession& session, const DoctorOptions& options, Findings& findings);
// Dead rows, and tables that have grown without need.
void CheckTables(SqlSession& session, Findings& findings);
// Jobs and queues that nobody sees to.
void CheckJobs(SqlSession& session, Findings& findings);
// Schedules that do not fire, and nobody has asked for that.
void CheckSchedules(SqlSession& session, Findings& findings);

}  // namespace protograph::cli

#endif  // PROTOGRAPH_SRC_TOOLS_CLI_DOCTOR_H_
