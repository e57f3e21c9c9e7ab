#ifndef PROTOGRAPH_EXAMPLES_MOVIE_TAGGING_TEST_CLIENTS_H_
#define PROTOGRAPH_EXAMPLES_MOVIE_TAGGING_TEST_CLIENTS_H_

// What the tests share: mocked clients, and messages out of text.

#include <span>
#include <string>
#include <string_view>

#include "content_analyzer.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "movie_catalog.h"
#include "movie_tagging/movie_tagging.pb.h"

namespace movie_tagging {

class MockMovieCatalog : public MovieCatalog {
 public:
  MOCK_METHOD(absl::StatusOr<Movie>, FindMovie, (const MovieId& id), (const, override));
  MOCK_METHOD(absl::StatusOr<std::span<const Movie* const>>, FindFilmsBy,
              (std::string_view director), (const, override));
};

class MockContentAnalyzer : public ContentAnalyzer {
 public:
  MOCK_METHOD(absl::StatusOr<ContentAnalysis>, Analyze, (const Movie& movie), (override));
};

template <class Message>
Message FromText(const std::string& text) {
  Message message;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &message)) << text;
  return message;
}

inline MovieId MakeId(int id) {
  MovieId movie_id;
  movie_id.set_id(id);
  return movie_id;
}

}  // namespace movie_tagging

#endif  // PROTOGRAPH_EXAMPLES_MOVIE_TAGGING_TEST_CLIENTS_H_
