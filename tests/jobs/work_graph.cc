#include "work_graph.h"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string_view>
#include <thread>

#include "absl/status/status.h"
#include "protograph/jobs/worker.h"

namespace protograph::tests {
namespace {

using ::google::protobuf::Int64Value;
using ::google::protobuf::StringValue;

constexpr std::string_view kWait = "wait ";
constexpr std::string_view kIgnore = "ignore ";

absl::Status AwaitFile(const std::string& path, const ExecCtx* stop) {
  std::ofstream(path + ".started") << "\n";
  while (!std::filesystem::exists(path)) {
    if (stop != nullptr) {
      if (absl::Status status = stop->CheckAlive(); !status.ok()) return status;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Int64Value> Work::Compute(ExecCtx& ctx, const StringValue& what) const {
  // The worker's own type, seen from a library.
  if (ctx.Value<JobInfo>() == nullptr) return absl::InternalError("there is no JobInfo");
  const std::string& text = what.value();
  absl::Status status;
  if (text.starts_with(kWait)) status = AwaitFile(text.substr(kWait.size()), &ctx);
  if (text.starts_with(kIgnore)) status = AwaitFile(text.substr(kIgnore.size()), nullptr);
  if (!status.ok()) return status;
  Int64Value letters;
  letters.set_value(static_cast<int64_t>(text.size()));
  return letters;
}

absl::StatusOr<Graph> MakeWorkGraph() {
  return GraphBuilder("work").Input<StringValue>().Add<Work>().Build();
}

absl::StatusOr<Graph> FailToMakeGraph() {
  return absl::NotFoundError("the catalogue of films is not there");
}

absl::StatusOr<std::vector<Graph>> ThrowInsteadOfGraphs() {
  throw std::runtime_error("nobody catches this");
}

absl::StatusOr<std::vector<Graph>> MakeNoGraph() { return std::vector<Graph>(); }

}  // namespace protograph::tests
