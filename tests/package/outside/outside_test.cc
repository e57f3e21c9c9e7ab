#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "protograph/protograph.h"
#include "protograph/testing/matchers.h"
#include "steps.h"

namespace outside {
namespace {

using ::protograph::testing::IsOkAndHolds;
using ::protograph::testing::StatusIs;
using ::testing::HasSubstr;
using ::testing::Property;

using OutsideGraph = protograph::StaticGraph<protograph::Inputs<Text>, CountWords, MakeReport>;

TEST(CountWords, CountsWords) {
  Text text;
  text.set_text("one two");
  protograph::ExecCtx ctx;
  EXPECT_THAT(CountWords().Compute(ctx, text), IsOkAndHolds(Property(&WordCount::words, 2)));
}

TEST(OutsideGraph, NamesTheStepThatFailed) {
  absl::StatusOr<OutsideGraph> graph = OutsideGraph::Builder("outside").Build();
  ASSERT_TRUE(graph.ok()) << graph.status();
  protograph::ExecCtx ctx;
  EXPECT_THAT(graph->Execute<Report>(ctx, Text()),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("CountWords")));
}

}  // namespace
}  // namespace outside
