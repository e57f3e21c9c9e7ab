#include "program.h"

#include <stdlib.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <thread>
#include <utility>

#include "absl/status/statusor.h"
#include "gtest/gtest.h"

namespace protograph::tests {
namespace {

bool Await(const std::function<bool()>& is_there) {
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!is_there()) {
    if (std::chrono::steady_clock::now() > give_up) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

}  // namespace

Folder::Folder() {
  path_ = ::testing::TempDir() + "protograph_jobs_XXXXXX";
  if (mkdtemp(path_.data()) == nullptr) path_.clear();
}

Folder::~Folder() {
  std::error_code error;
  std::filesystem::remove_all(path_, error);
}

Program::Program(std::vector<std::string> arguments, const std::vector<std::string>& variables) {
  internal::ChildOptions options{.command = {"/usr/bin/env"}, .log_file = folder_.File("log")};
  for (const std::string& variable : variables) options.command.push_back(variable);
  options.command.emplace_back(PROTOGRAPH_WORKER_PROGRAM);
  for (std::string& argument : arguments) options.command.push_back(std::move(argument));
  absl::StatusOr<std::unique_ptr<internal::ChildProcess>> process =
      internal::ChildProcess::Start(std::move(options));
  EXPECT_TRUE(process.ok()) << process.status();
  if (process.ok()) process_ = *std::move(process);
}

void Program::Signal(int signal) {
  if (process_ != nullptr) process_->Signal(signal);
}

std::optional<int> Program::Wait(absl::Duration timeout) {
  return process_ == nullptr ? std::nullopt : process_->Wait(timeout);
}

std::string Program::Output() const {
  std::ifstream file(folder_.File("log"));
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

bool Program::AwaitOutput(const std::string& text) const {
  return Await([&] { return Output().find(text) != std::string::npos; });
}

bool AwaitFile(const std::string& path) {
  return Await([&] { return std::filesystem::exists(path); });
}

}  // namespace protograph::tests
