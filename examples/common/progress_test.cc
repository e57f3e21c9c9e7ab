#include "examples/common/progress.h"

#include <cstdio>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace examples {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;

struct Closer {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, Closer>;

std::string Written(std::FILE* file) {
  std::string text(static_cast<size_t>(std::ftell(file)), '\0');
  std::rewind(file);
  text.resize(std::fread(text.data(), 1, text.size(), file));
  return text;
}

TEST(Progress, SaysHowManyAreDoneAndErasesItsLineAtTheEnd) {
  const File file(std::tmpfile());
  ASSERT_NE(file, nullptr);
  {
    Progress progress(file.get(), "films", 200);
    progress.Advance();
  }
  const std::string written = Written(file.get());
  EXPECT_THAT(written, HasSubstr("1 of 200 films (0%)"));
  EXPECT_THAT(written, EndsWith("\r\x1b[K"));
}

TEST(Progress, WritesRarelyHoweverOftenItIsTold) {
  const File file(std::tmpfile());
  ASSERT_NE(file, nullptr);
  {
    Progress progress(file.get(), "films", 4000);
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < 4; ++thread) {
      threads.emplace_back([&progress] {
        for (int i = 0; i < 1000; ++i) progress.Advance();
      });
    }
  }
  EXPECT_LT(Written(file.get()).size(), 10000u);
}

TEST(Progress, WritesNothingWithoutAStreamOrWithoutWork) {
  Progress(nullptr, "films", 1).Advance();
  const File file(std::tmpfile());
  ASSERT_NE(file, nullptr);
  { Progress progress(file.get(), "films", 1); }
  EXPECT_EQ(Written(file.get()), "");
}

TEST(Progress, AFileIsNoTerminal) {
  const File file(std::tmpfile());
  ASSERT_NE(file, nullptr);
  EXPECT_FALSE(IsTerminal(file.get()));
}

}  // namespace
}  // namespace examples
