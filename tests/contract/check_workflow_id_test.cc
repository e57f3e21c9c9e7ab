// CheckWorkflowId, which every store asks: what is UTF-8 and what only looks like it.

#include <string>
#include <string_view>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "protograph/store/store.h"
#include "protograph/testing/matchers.h"

namespace protograph {
namespace {

using ::protograph::testing::IsOk;
using ::protograph::testing::StatusIs;
using ::testing::HasSubstr;

// Alone, between others, and last.
void ExpectAccepted(std::string_view character) {
  const std::string text(character);
  for (const std::string& id : {text, "a" + text + "b", text + text, "a" + text}) {
    EXPECT_THAT(CheckWorkflowId(id), IsOk()) << ::testing::PrintToString(id);
  }
}

void ExpectRefused(std::string_view bytes) {
  const std::string text(bytes);
  for (const std::string& id :
       {text, "a" + text + "b", text + text, "a" + text, text + "\xC3\xA4"}) {
    EXPECT_THAT(CheckWorkflowId(id),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("UTF-8")))
        << ::testing::PrintToString(id);
  }
}

TEST(CheckWorkflowId, RefusesTheEmptyOne) {
  EXPECT_THAT(CheckWorkflowId(""),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("empty")));
}

TEST(CheckWorkflowId, AcceptsUpTo1024Bytes) {
  EXPECT_THAT(CheckWorkflowId(std::string(1024, 'x')), IsOk());
  EXPECT_THAT(CheckWorkflowId(std::string(1025, 'x')),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("1025 bytes")));
  // Bytes, not characters.
  std::string wide;
  for (int i = 0; i < 512; ++i) wide += "\xC3\xA4";
  EXPECT_THAT(CheckWorkflowId(wide), IsOk());
  EXPECT_THAT(CheckWorkflowId(wide + "x"), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(CheckWorkflowId, AcceptsEveryAsciiCharacterButNul) {
  for (int character = 1; character < 0x80; ++character) {
    ExpectAccepted(std::string(1, static_cast<char>(character)));
  }
  ExpectRefused(std::string(1, '\0'));
}

TEST(CheckWorkflowId, AcceptsTheFirstAndTheLastCharacterOfEachLength) {
  ExpectAccepted("\xC2\x80");          // U+0080
  ExpectAccepted("\xDF\xBF");          // U+07FF
  ExpectAccepted("\xE0\xA0\x80");      // U+0800
  ExpectAccepted("\xEF\xBF\xBF");      // U+FFFF
  ExpectAccepted("\xF0\x90\x80\x80");  // U+10000
  ExpectAccepted("\xF4\x8F\xBF\xBF");  // U+10FFFF
}

TEST(CheckWorkflowId, AcceptsTheCharactersBesideTheSurrogates) {
  ExpectAccepted("\xED\x9F\xBF");  // U+D7FF
  ExpectAccepted("\xEE\x80\x80");  // U+E000
}

TEST(CheckWorkflowId, RefusesSurrogates) {
  ExpectRefused("\xED\xA0\x80");              // U+D800
  ExpectRefused("\xED\xAF\xBF");              // U+DBFF
  ExpectRefused("\xED\xB0\x80");              // U+DC00
  ExpectRefused("\xED\xBF\xBF");              // U+DFFF
  ExpectRefused("\xED\xA0\xBD\xED\xB8\x80");  // a pair, as CESU-8 has it
}

TEST(CheckWorkflowId, RefusesOverlongForms) {
  ExpectRefused("\xC0\x80");          // of NUL, as Java has it
  ExpectRefused("\xC0\xAF");          // of /
  ExpectRefused("\xC1\xBF");          // of U+007F
  ExpectRefused("\xE0\x80\x80");      // of NUL
  ExpectRefused("\xE0\x9F\xBF");      // of U+07FF
  ExpectRefused("\xF0\x80\x80\x80");  // of NUL
  ExpectRefused("\xF0\x8F\xBF\xBF");  // of U+FFFF
}

TEST(CheckWorkflowId, RefusesWhatIsAboveTheLastCharacter) {
  ExpectRefused("\xF4\x90\x80\x80");  // U+110000
  ExpectRefused("\xF5\x80\x80\x80");
  ExpectRefused("\xF7\xBF\xBF\xBF");
  ExpectRefused("\xF8\x88\x80\x80\x80");
  ExpectRefused("\xFC\x84\x80\x80\x80\x80");
}

TEST(CheckWorkflowId, RefusesBytesThatAreInNoCharacter) {
  for (const std::string_view byte : {"\xC0", "\xC1", "\xF5", "\xFE", "\xFF"}) ExpectRefused(byte);
}

TEST(CheckWorkflowId, RefusesContinuationsOfNothing) {
  for (int byte = 0x80; byte < 0xC0; ++byte) ExpectRefused(std::string(1, static_cast<char>(byte)));
}

TEST(CheckWorkflowId, RefusesCharactersThatBreakOff) {
  for (const std::string_view bytes :
       {"\xC3", "\xE2", "\xE2\x82", "\xF0", "\xF0\x9F", "\xF0\x9F\x8E"}) {
    ExpectRefused(bytes);
  }
}

TEST(CheckWorkflowId, RefusesLaterBytesThatContinueNothing) {
  ExpectRefused("\xE2\x82\x7F");
  ExpectRefused("\xE2\x82\xC0");
  ExpectRefused("\xE2\x28\xA1");
  ExpectRefused("\xF0\x9F\x8E\x28");
  ExpectRefused("\xF0\x9F\x28\xAC");
}

}  // namespace
}  // namespace protograph
