// movie_tagging: tags films. See UsageText in options.cc.

#include <fmt/format.h>

#include <cstdio>
#include <fstream>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "catalog_graph.h"
#include "catalog_report.h"
#include "csv_movie_catalog.h"
#include "examples/common/progress.h"
#include "flaky_content_analyzer.h"
#include "movie_graph.h"
#include "options.h"
#include "progress_display.h"
#include "protograph/protograph.h"
#include "resume_demo.h"
#include "rule_based_analyzer.h"
#include "slow_content_analyzer.h"
#include "step_trace.h"
#include "tag_all.h"
#include "words.h"

namespace movie_tagging {
namespace {

constexpr int kFailed = 1;
constexpr int kWrongArguments = 2;
constexpr char kStandardOutput[] = "-";

int Fail(const absl::Status& status, int exit_code) {
  std::cerr << "movie_tagging: " << status.message() << "\n";
  return exit_code;
}

int ExplainMovie(const MovieGraph& graph, const CsvMovieCatalog& catalog, int id) {
  MovieId movie_id;
  movie_id.set_id(id);
  if (const absl::StatusOr<Movie> movie = catalog.FindMovie(movie_id); movie.ok()) {
    std::cout << fmt::format("Film {}: {}\n\n", id, DisplayName(*movie));
  }
  const absl::StatusOr<protograph::PlanDescription> plan = graph.Explain<TagSet>();
  if (!plan.ok()) return Fail(plan.status(), kFailed);
  std::cout << protograph::ToText(*plan) << "\n";

  StepTrace trace;
  protograph::ExecCtx ctx({.observer = &trace});
  const absl::StatusOr<TagSet> tags = graph.Execute<TagSet>(ctx, movie_id);
  std::cout << trace.ToText();
  if (!tags.ok()) return Fail(tags.status(), kFailed);

  std::cout << "\nTags:";
  for (const Tag& tag : tags->tags()) std::cout << " " << tag.name();
  std::cout << "\n";
  return 0;
}

int TagEveryMovie(const MovieGraph& graph, const CsvMovieCatalog& catalog, const Options& options) {
  std::ofstream file;
  const bool to_standard_output = options.jsonl == kStandardOutput;
  if (!options.jsonl.empty() && !to_standard_output) {
    file.open(options.jsonl, std::ios::trunc);
    if (!file) {
      return Fail(absl::NotFoundError(
                      fmt::format("cannot write to {}: does its folder exist?", options.jsonl)),
                  kFailed);
    }
  }

  std::vector<MovieId> ids;
  for (const Movie& movie : catalog.movies()) ids.emplace_back().set_id(movie.id());
  const TagAllResult result = TagAll(
      graph, ids,
      {.threads = options.threads, .progress = examples::IsTerminal(stderr) ? stderr : nullptr});

  if (!options.jsonl.empty()) {
    const absl::Status written =
        WriteJsonLines(result.tag_sets, to_standard_output ? std::cout : file);
    if (!written.ok()) {
      return Fail(absl::Status(written.code(), fmt::format("{}: {}", options.jsonl,
                                                           std::string(written.message()))),
                  kFailed);
    }
  }
  const TagSummary summary = Summarize(result);
  std::ostream& out = to_standard_output ? std::cerr : std::cout;
  out << ToText(summary);
  if (file.is_open()) out << "\nTags are in " << options.jsonl << "\n";
  return summary.failed() > 0 ? kFailed : 0;
}

int SummarizeEveryMovie(const CatalogGraph& graph, const Options& options) {
  protograph::ExecCtx ctx({.item_parallelism = options.threads_chosen ? options.threads : 0});
  const absl::Time start = absl::Now();
  absl::StatusOr<CatalogSummary> summary;
  {
    const ProgressDisplay display(
        ctx, stderr,
        examples::IsTerminal(stderr) ? ProgressDisplay::Form::kBar : ProgressDisplay::Form::kLines);
    summary = graph.Execute<CatalogSummary>(ctx, FilmRange());
  }
  if (!summary.ok()) return Fail(summary.status(), kFailed);
  const double seconds = absl::ToDoubleSeconds(absl::Now() - start);
  const int enriched = summary->films() - summary->left_out_size();
  std::cout << fmt::format("{} of {} films enriched in one execution, in {:.3f} s\n", enriched,
                           summary->films(), seconds)
            << ToText(*summary);
  return 0;
}

int Run(const std::vector<std::string>& arguments) {
  const std::string default_data = MOVIE_TAGGING_DATA;
  const absl::StatusOr<Options> options = ParseOptions(arguments, default_data);
  if (!options.ok()) return Fail(options.status(), kWrongArguments);
  if (options->help) {
    std::cout << UsageText(default_data);
    return 0;
  }

  if (options->resume_demo) {
    const absl::Status status = ShowResuming(*options);
    return status.ok() ? 0 : Fail(status, kFailed);
  }

  const absl::StatusOr<std::shared_ptr<const CsvMovieCatalog>> catalog =
      CsvMovieCatalog::Load(options->data);
  if (!catalog.ok()) return Fail(catalog.status(), kFailed);
  std::shared_ptr<ContentAnalyzer> analyzer = std::make_shared<RuleBasedAnalyzer>();
  if (options->delay > absl::ZeroDuration()) {
    analyzer = std::make_shared<SlowContentAnalyzer>(std::move(analyzer), options->delay);
  }
  if (options->flaky > 0) {
    analyzer =
        std::make_shared<FlakyContentAnalyzer>(std::move(analyzer), options->flaky, options->seed);
  }
  if (options->catalogue) {
    const absl::StatusOr<CatalogGraph> graph =
        MakeCatalogGraph({.catalog = *catalog, .films = *catalog, .analyzer = std::move(analyzer)});
    if (!graph.ok()) return Fail(graph.status(), kFailed);
    return SummarizeEveryMovie(*graph, *options);
  }
  const absl::StatusOr<MovieGraph> graph =
      MakeMovieGraph({.catalog = *catalog, .analyzer = std::move(analyzer)});
  if (!graph.ok()) return Fail(graph.status(), kFailed);
  if (options->resume_worker) {
    const absl::Status status = TagDurably(*graph, *options->movie_id, options->database);
    return status.ok() ? 0 : Fail(status, kFailed);
  }
  if (options->all) return TagEveryMovie(*graph, **catalog, *options);
  return ExplainMovie(*graph, **catalog, *options->movie_id);
}

}  // namespace
}  // namespace movie_tagging

int main(int argc, char** argv) {
  return movie_tagging::Run(std::vector<std::string>(argv + (argc > 0 ? 1 : 0), argv + argc));
}
