// CheckSubmission, which every store asks, and the names of states.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "protograph/store/job_store.h"
#include "protograph/testing/matchers.h"

namespace protograph {
namespace {

using ::protograph::testing::IsOk;
using ::protograph::testing::StatusIs;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Optional;

JobSubmission Good() {
  return {.job_id = "01234567-89ab-7cde-8f01-23456789abcd",
          .graph = "movies",
          .output_type = "film.TagSet",
          .inputs = ""};
}

// Whatever is changed in a submission that was good.
template <class Change>
JobSubmission GoodBut(Change change) {
  JobSubmission job = Good();
  change(job);
  return job;
}

template <class Change>
void ExpectAccepted(Change change) {
  EXPECT_THAT(CheckSubmission(GoodBut(change)), IsOk());
}

// The message says which job, which field, and what is wrong.
template <class Change>
void ExpectRefused(std::string_view field, std::string_view fault, Change change) {
  const JobSubmission job = GoodBut(change);
  EXPECT_THAT(CheckSubmission(job), StatusIs(absl::StatusCode::kInvalidArgument,
                                             AllOf(HasSubstr("cannot submit a job for "),
                                                   HasSubstr("its " + std::string(field) + " "),
                                                   HasSubstr(std::string(fault)))));
}

// A field of which each text of at most kLongestName bytes is one.
template <class Set>
void ExpectText(std::string_view field, Set set) {
  for (const std::string& text :
       {std::string("a"), std::string("it's \"{}\\"), std::string("\xC3\xA4 \xF0\x9F\x8E\xAC"),
        std::string(kLongestName, 'x')}) {
    ExpectAccepted([&](JobSubmission& job) { set(job, text); });
  }
  const auto refuses = [&](const std::string& text, std::string_view fault) {
    ExpectRefused(field, fault, [&](JobSubmission& job) { set(job, text); });
  };
  refuses(std::string(kLongestName + 1, 'x'), "has 256 bytes: at most 255 are allowed");
  refuses("\xFF", "must be UTF-8 without NUL characters");
  refuses(std::string("a\0b", 3), "must be UTF-8 without NUL characters");
}

void ExpectMetadata(std::string_view metadata) {
  ExpectAccepted([&](JobSubmission& job) { job.metadata = metadata; });
}

void ExpectNoMetadata(std::string_view metadata) {
  ExpectRefused("metadata", "is no JSON object",
                [&](JobSubmission& job) { job.metadata = metadata; });
}

TEST(CheckSubmission, AcceptsWhatSaysNoMoreThanItMust) {
  EXPECT_THAT(CheckSubmission(Good()), IsOk());
}

TEST(CheckSubmission, SaysWhichJobAndEverythingThatIsWrong) {
  EXPECT_THAT(CheckSubmission(GoodBut([](JobSubmission& job) {
                job.queue = "";
                job.priority = 1001;
              })),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       "cannot submit a job for film.TagSet of the graph movies: its queue is "
                       "empty: give it a name; its priority is 1001: it must be from -1000 to "
                       "1000"));
}

TEST(CheckSubmission, ShowsNoBytesThatAreNoText) {
  const absl::Status status =
      CheckSubmission(GoodBut([](JobSubmission& job) { job.graph = std::string(5000, '\xFF'); }));
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("\\xff")));
  EXPECT_LT(status.message().size(), 1000);
}

TEST(CheckSubmission, WantsAnIdInTheSpellingOfStores) {
  for (const std::string_view id :
       {"", "1", "01234567-89AB-7cde-8f01-23456789abcd", "0123456789ab7cde8f0123456789abcd",
        "01234567-89ab-7cde-8f01-23456789abcg", "01234567-89ab-7cde-8f01-23456789abcde",
        "{1234567-89ab-7cde-8f01-23456789abc}", "01234567_89ab-7cde-8f01-23456789abcd"}) {
    ExpectRefused("job_id", "must be a UUID in lower case",
                  [&](JobSubmission& job) { job.job_id = id; });
  }
}

TEST(CheckSubmission, WantsNamesOfAllThatHaveOne) {
  ExpectText("graph", [](JobSubmission& job, const std::string& text) { job.graph = text; });
  ExpectText("output_type",
             [](JobSubmission& job, const std::string& text) { job.output_type = text; });
  ExpectText("queue", [](JobSubmission& job, const std::string& text) { job.queue = text; });
  ExpectRefused("graph", "is empty", [](JobSubmission& job) { job.graph = ""; });
  ExpectRefused("output_type", "is empty", [](JobSubmission& job) { job.output_type = ""; });
  ExpectRefused("queue", "is empty", [](JobSubmission& job) { job.queue = ""; });
}

TEST(CheckSubmission, WantsTextsInKeysAndTags) {
  ExpectText("unique_key",
             [](JobSubmission& job, const std::string& text) { job.unique_key = text; });
  ExpectText("concurrency_key",
             [](JobSubmission& job, const std::string& text) { job.concurrency_key = text; });
  ExpectText("tags", [](JobSubmission& job, const std::string& text) { job.tags = {"a", text}; });
}

TEST(CheckSubmission, CountsTags) {
  ExpectAccepted([](JobSubmission& job) { job.tags.assign(kMostTags, "tag"); });
  ExpectRefused("tags", "are 33: at most 32 are allowed",
                [](JobSubmission& job) { job.tags.assign(kMostTags + 1, "tag"); });
}

TEST(CheckSubmission, LimitsInputs) {
  ExpectAccepted([](JobSubmission& job) { job.inputs = std::string("\0\xFF", 2); });
  ExpectAccepted([](JobSubmission& job) { job.inputs.assign(kLargestPayload, 'x'); });
  ExpectRefused("inputs", "have 67108865 bytes: at most 67108864 are allowed",
                [](JobSubmission& job) { job.inputs.assign(kLargestPayload + 1, 'x'); });
}

TEST(CheckSubmission, LimitsPrioritiesAndAttempts) {
  for (const int priority : {-1000, -1, 0, 1000}) {
    ExpectAccepted([&](JobSubmission& job) { job.priority = priority; });
  }
  for (const int priority : {-1001, 1001}) {
    ExpectRefused("priority", "from -1000 to 1000",
                  [&](JobSubmission& job) { job.priority = priority; });
  }
  for (const int attempts : {1, 1000}) {
    ExpectAccepted([&](JobSubmission& job) { job.max_attempts = attempts; });
  }
  for (const int attempts : {-1, 0, 1001}) {
    ExpectRefused("max_attempts", "from 1 to 1000",
                  [&](JobSubmission& job) { job.max_attempts = attempts; });
  }
}

TEST(CheckSubmission, LimitsDurations) {
  struct Field {
    std::string_view name;
    absl::Duration JobSubmission::*member;
  };
  const std::vector<Field> fields = {{"delay", &JobSubmission::delay},
                                     {"backoff", &JobSubmission::backoff},
                                     {"longest_backoff", &JobSubmission::longest_backoff},
                                     {"timeout", &JobSubmission::timeout}};
  for (const Field& field : fields) {
    for (const absl::Duration duration :
         {absl::ZeroDuration(), absl::Nanoseconds(1), absl::Hours(24 * 365 * 1000)}) {
      ExpectAccepted([&](JobSubmission& job) { job.*field.member = duration; });
    }
    for (const absl::Duration duration :
         {-absl::Nanoseconds(1), -absl::InfiniteDuration(), absl::Hours(24 * 365 * 1001)}) {
      ExpectRefused(field.name, "must be from 0 to 8760000h",
                    [&](JobSubmission& job) { job.*field.member = duration; });
    }
    if (field.name == "timeout") continue;
    ExpectRefused(field.name, "is inf",
                  [&](JobSubmission& job) { job.*field.member = absl::InfiniteDuration(); });
  }
  ExpectAccepted([](JobSubmission& job) { job.timeout = absl::InfiniteDuration(); });
}

TEST(CheckSubmission, LimitsTheTimeToRunAt) {
  for (const absl::Time time :
       {absl::InfinitePast(), absl::UnixEpoch(), absl::FromUnixSeconds(253'402'300'799)}) {
    ExpectAccepted([&](JobSubmission& job) { job.run_at = time; });
  }
  for (const absl::Time time : {absl::FromUnixSeconds(253'402'300'800), absl::InfiniteFuture()}) {
    ExpectRefused("run_at", "after the year 9999", [&](JobSubmission& job) { job.run_at = time; });
  }
}

TEST(CheckSubmission, WantsAWhileExactlyAmongTheFinished) {
  ExpectAccepted([](JobSubmission& job) {
    job.unique_among = UniqueAmong::kFinished;
    job.unique_for = absl::Seconds(1);
  });
  ExpectRefused("unique_for", "is 0: UniqueAmong::kFinished needs it",
                [](JobSubmission& job) { job.unique_among = UniqueAmong::kFinished; });
  for (const absl::Duration duration : {-absl::Seconds(1), absl::InfiniteDuration()}) {
    ExpectRefused("unique_for", "must be from 0 to", [&](JobSubmission& job) {
      job.unique_among = UniqueAmong::kFinished;
      job.unique_for = duration;
    });
  }
  for (const UniqueAmong among : {UniqueAmong::kWaiting, UniqueAmong::kUnfinished}) {
    ExpectAccepted([&](JobSubmission& job) { job.unique_among = among; });
    ExpectRefused("unique_for", "is only for UniqueAmong::kFinished", [&](JobSubmission& job) {
      job.unique_among = among;
      job.unique_for = absl::Seconds(1);
    });
  }
  ExpectRefused("unique_among", "is 7, which is none",
                [](JobSubmission& job) { job.unique_among = static_cast<UniqueAmong>(7); });
}

TEST(CheckSubmission, WantsAnObjectOfMetadata) {
  for (const std::string_view metadata :
       {"", "{}", " { } \r\n\t", R"({"a": 1})", R"({"a":{"b":[]},"c":[1,{"d":null}],"e":""})",
        R"({"a": [true, false, null, 0, -0, 10, -1.5, 1e5, 1E+5, 1.25e-10]})",
        R"({"\"\\\/\b\f\n\r\t": "\u00e4\uD83C\udfac"})", "{\"\xC3\xA4\": \"\xF0\x9F\x8E\xAC\x7F\"}",
        R"({"a": 1, "a": 2})"}) {
    ExpectMetadata(metadata);
  }
  for (const std::string_view metadata : {" ",
                                          "null",
                                          "1",
                                          "\"a\"",
                                          "[]",
                                          "[{}]",
                                          "{",
                                          "}",
                                          "{}{}",
                                          "{} x",
                                          "{\"a\"}",
                                          "{\"a\":}",
                                          "{\"a\":1,}",
                                          "{,}",
                                          "{\"a\":1 \"b\":2}",
                                          "{\"a\" 1}",
                                          "{a:1}",
                                          "{'a':1}",
                                          "{\"a\":'b'}",
                                          "{1:1}",
                                          "{\"a\":[1,]}",
                                          "{\"a\":[1",
                                          "{\"a\":[1 2]}",
                                          "{\"a\":[}",
                                          "{/**/}"}) {
    ExpectNoMetadata(metadata);
  }
}

TEST(CheckSubmission, WantsValuesThatEveryStoreReadsTheSame) {
  for (const std::string_view value : {"tru",
                                       "True",
                                       "nul",
                                       "NaN",
                                       "Infinity",
                                       "-",
                                       "+1",
                                       "01",
                                       "1.",
                                       ".5",
                                       "1e",
                                       "1e+",
                                       "0x10",
                                       "1_000",
                                       "--1",
                                       "1e1000",
                                       "1e-1000",
                                       "\"",
                                       "\"\\\"",
                                       "\"\\x41\"",
                                       "\"\\u12\"",
                                       "\"\\u12g4\"",
                                       "\"\\u0000\"",
                                       "\"\\ud83c\"",
                                       "\"\\ud83c\\u0041\"",
                                       "\"\\udfac\"",
                                       "\"\\ud83c\\ud83c\"",
                                       "\"\n\"",
                                       "\"\t\"",
                                       "\"\x1F\"",
                                       "\"\xFF\"",
                                       "undefined"}) {
    ExpectNoMetadata("{\"a\": " + std::string(value) + "}");
  }
  ExpectNoMetadata(std::string("{\"a\": \"\0\"}", 10));
  ExpectMetadata("{\"a\": " + std::string(64, '9') + "}");
  ExpectNoMetadata("{\"a\": " + std::string(65, '9') + "}");
}

TEST(CheckSubmission, LimitsTheDepthOfMetadata) {
  const auto nested = [](int levels) {
    std::string text = "{\"a\":";
    for (int i = 1; i < levels; ++i) text += "[";
    for (int i = 1; i < levels; ++i) text += "]";
    return levels > 1 ? text + "}" : "{}";
  };
  ExpectMetadata(nested(1));
  ExpectMetadata(nested(100));
  ExpectNoMetadata(nested(101));
  std::string objects;
  for (int i = 0; i < 10'000; ++i) objects += "{\"a\":";
  ExpectNoMetadata(objects);
}

TEST(CheckSubmission, LimitsTheSizeOfMetadata) {
  const auto of_size = [](size_t size) { return "{\"a\":\"" + std::string(size - 8, 'x') + "\"}"; };
  ExpectMetadata(of_size(65'536));
  ExpectRefused("metadata", "has 65537 bytes: at most 65536 are allowed",
                [&](JobSubmission& job) { job.metadata = of_size(65'537); });
}

TEST(JobState, HasANameThatIsParsed) {
  for (const JobState state : {JobState::kScheduled, JobState::kQueued, JobState::kRunning,
                               JobState::kSucceeded, JobState::kFailed, JobState::kCancelled}) {
    EXPECT_THAT(ParseJobState(ToString(state)), Optional(state));
  }
  EXPECT_EQ(ToString(JobState::kScheduled), "scheduled");
  EXPECT_EQ(ParseJobState("Queued"), std::nullopt);
  EXPECT_EQ(ParseJobState(""), std::nullopt);
  EXPECT_EQ(ParseJobState("unknown"), std::nullopt);
}

TEST(JobState, IsFinalOnceTheJobHasFinished) {
  EXPECT_FALSE(IsFinal(JobState::kScheduled));
  EXPECT_FALSE(IsFinal(JobState::kQueued));
  EXPECT_FALSE(IsFinal(JobState::kRunning));
  EXPECT_TRUE(IsFinal(JobState::kSucceeded));
  EXPECT_TRUE(IsFinal(JobState::kFailed));
  EXPECT_TRUE(IsFinal(JobState::kCancelled));
}

TEST(QueueMode, HasAName) {
  EXPECT_EQ(ToString(QueueMode::kRunning), "running");
  EXPECT_EQ(ToString(QueueMode::kPaused), "paused");
  EXPECT_EQ(ToString(QueueMode::kDraining), "draining");
}

}  // namespace
}  // namespace protograph
