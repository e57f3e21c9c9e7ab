#ifndef PROTOGRAPH_TESTS_COMPILE_FAIL_FILMS_H_
#define PROTOGRAPH_TESTS_COMPILE_FAIL_FILMS_H_

// What every wrong program starts from: the library, the messages, and five sound steps. The driver
// precompiles it.

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "film.pb.h"
#include "protograph/protograph.h"

using absl::StatusOr;
using film::Classification;
using film::ContentAnalysis;
using film::DirectorProfile;
using film::Movie;
using film::MovieId;
using film::Poster;
using film::TagSet;
using protograph::ExecCtx;
using protograph::Graph;
using protograph::GraphBuilder;
using protograph::Inputs;
using protograph::Many;
using protograph::Map;
using protograph::StaticGraph;
using protograph::StepOptions;

struct FetchMovie {
  StatusOr<Movie> Compute(ExecCtx& ctx, const MovieId& id) const;
};
struct FetchDirectorProfile {
  StatusOr<DirectorProfile> Compute(ExecCtx& ctx, const Movie& movie) const;
};
struct AnalyzeContent {
  StatusOr<ContentAnalysis> Compute(ExecCtx& ctx, const Movie& movie) const;
};
struct Classify {
  Classification Compute(ExecCtx& ctx, const ContentAnalysis& content,
                         const DirectorProfile& director) const;
};
struct GenerateTags {
  TagSet Compute(ExecCtx& ctx, const Movie& movie, const ContentAnalysis& content,
                 const Classification& classification) const;
};

using FilmGraph = StaticGraph<Inputs<MovieId>, FetchMovie, FetchDirectorProfile, AnalyzeContent,
                              Classify, GenerateTags>;

#endif  // PROTOGRAPH_TESTS_COMPILE_FAIL_FILMS_H_
