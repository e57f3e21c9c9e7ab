#include "progress_display.h"

#include <fmt/format.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace movie_tagging {
namespace {

constexpr std::int64_t kBarWidth = 20;
constexpr std::chrono::milliseconds kBarInterval{100};
constexpr std::chrono::milliseconds kLineInterval{1000};
constexpr char kEraseLine[] = "\r\x1b[K";

}  // namespace

std::string ProgressText(std::span<const protograph::StepProgress> steps) {
  std::string text;
  for (const protograph::StepProgress& step : steps) {
    if (!text.empty()) text += ", ";
    text += fmt::format("{} {} of {}", step.step, step.done, step.total);
    if (step.failed > 0) text += fmt::format(" ({} failed)", step.failed);
  }
  return text;
}

std::string ProgressBar(std::span<const protograph::StepProgress> steps) {
  std::int64_t total = 0;
  std::int64_t done = 0;
  for (const protograph::StepProgress& step : steps) {
    total += step.total;
    done += step.done;
  }
  const std::int64_t full = total == 0 ? 0 : kBarWidth * done / total;
  return fmt::format("[{}{}] {:>3}%", std::string(static_cast<std::size_t>(full), '#'),
                     std::string(static_cast<std::size_t>(kBarWidth - full), '-'),
                     total == 0 ? 0 : 100 * done / total);
}

ProgressDisplay::ProgressDisplay(const protograph::ExecCtx& ctx, std::FILE* out, Form form)
    : ctx_(ctx),
      out_(out),
      form_(form),
      thread_([this](const std::stop_token& stop) { Run(stop); }) {}

ProgressDisplay::~ProgressDisplay() {
  thread_.request_stop();
  thread_.join();
  if (form_ == Form::kLines) {
    Show();
  } else if (!shown_.empty()) {
    std::fputs(kEraseLine, out_);
    std::fflush(out_);
  }
}

void ProgressDisplay::Run(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    wake_.wait_for(lock, stop, form_ == Form::kBar ? kBarInterval : kLineInterval,
                   [] { return false; });
    if (!stop.stop_requested()) Show();
  }
}

void ProgressDisplay::Show() {
  const std::vector<protograph::StepProgress> steps = ctx_.Progress();
  std::string text = ProgressText(steps);
  if (text.empty() || text == shown_) return;
  if (form_ == Form::kBar) {
    fmt::print(out_, "{}{} {}", kEraseLine, ProgressBar(steps), text);
  } else {
    fmt::print(out_, "{}\n", text);
  }
  std::fflush(out_);
  shown_ = std::move(text);
}

}  // namespace movie_tagging
