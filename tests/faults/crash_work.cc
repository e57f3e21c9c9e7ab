#include "crash_work.h"

#include <charconv>
#include <string_view>
#include <utility>
#include <vector>

#include "csv_lab_repository.h"
#include "csv_movie_catalog.h"
#include "film.pb.h"
#include "google/protobuf/util/message_differencer.h"
#include "lab_graph.h"
#include "movie_graph.h"
#include "protograph/protograph.h"
#include "rule_based_analyzer.h"

namespace protograph {
namespace {

template <class GraphType, class Output, class Input>
class GraphWork : public CrashWork {
 public:
  GraphWork(GraphType graph, Input input) : graph_(std::move(graph)), input_(std::move(input)) {}

  absl::Status Run(ExecCtx& ctx) override {
    absl::StatusOr<Output> output = graph_.template Execute<Output>(ctx, input_);
    if (!output.ok()) return output.status();
    ExecCtx without_engine;
    const absl::StatusOr<Output> expected = graph_.template Execute<Output>(without_engine, input_);
    if (!expected.ok()) return expected.status();
    std::string difference;
    google::protobuf::util::MessageDifferencer differencer;
    differencer.ReportDifferencesToString(&difference);
    if (differencer.Compare(*expected, *output)) return absl::OkStatus();
    return absl::DataLossError("a wrong result: " + difference);
  }

 private:
  const GraphType graph_;
  const Input input_;
};

template <class Output, class GraphType, class Input>
absl::StatusOr<std::unique_ptr<CrashWork>> WorkOf(absl::StatusOr<GraphType> graph, Input input) {
  if (!graph.ok()) return graph.status();
  return std::make_unique<GraphWork<GraphType, Output, Input>>(*std::move(graph), std::move(input));
}

absl::StatusOr<Graph> FiveSteps() {
  return GraphBuilder("five")
      .Input<film::MovieId>()
      .Add(
          [](ExecCtx&, const film::MovieId& id) {
            film::Movie movie;
            movie.set_id(id.id());
            return movie;
          },
          {.name = "FetchMovie"})
      .Add(
          [](ExecCtx&, const film::Movie& movie) {
            film::DirectorProfile director;
            director.set_films(movie.id() * 2);
            return director;
          },
          {.name = "FetchDirector", .durability = Durability::kSync})
      .Add(
          [](ExecCtx&, const film::Movie& movie) {
            film::ContentAnalysis content;
            content.set_themes(movie.id() * 3);
            return content;
          },
          {.name = "Analyze"})
      .Add(
          [](ExecCtx&, const film::DirectorProfile& director,
             const film::ContentAnalysis& content) {
            film::Classification classification;
            classification.set_genre(director.films() + content.themes());
            return classification;
          },
          {.name = "Classify"})
      .Add(
          [](ExecCtx&, const film::Movie& movie, const film::Classification& classification) {
            film::TagSet tags;
            tags.set_tags(classification.genre() + movie.id());
            return tags;
          },
          {.name = "Tag"})
      .Build();
}

absl::StatusOr<Graph> Items() {
  return GraphBuilder("items")
      .Input<film::MovieId>()
      .Add(
          [](ExecCtx&, const film::MovieId& id) {
            Many<film::Movie> movies;
            for (int64_t i = 0; i < kCrashItems; ++i) movies.Add().set_id(1000 * id.id() + i);
            return movies;
          },
          {.name = "List"})
      .Map(
          [](ExecCtx&, const film::Movie& movie) {
            film::ContentAnalysis content;
            content.set_themes(movie.id() * 3);
            return content;
          },
          {.name = "Analyze"})
      .Map(
          [](ExecCtx&, const film::ContentAnalysis& content) {
            film::Classification classification;
            classification.set_genre(content.themes() + 1);
            return classification;
          },
          {.name = "Classify"})
      .Add(
          [](ExecCtx&, const Many<film::Classification>& all) {
            film::TagSet tags;
            for (const film::Classification& each : all) tags.set_tags(tags.tags() + each.genre());
            return tags;
          },
          {.name = "Sum"})
      .Build();
}

absl::StatusOr<std::unique_ptr<CrashWork>> MakeMovieWork(size_t number) {
  auto catalog = movie_tagging::CsvMovieCatalog::Load(PROTOGRAPH_MOVIES);
  if (!catalog.ok()) return catalog.status();
  const auto& movies = (*catalog)->movies();
  movie_tagging::MovieId id;
  id.set_id(movies[number * 37 % movies.size()].id());
  return WorkOf<movie_tagging::TagSet>(
      movie_tagging::MakeMovieGraph(
          {.catalog = *catalog, .analyzer = std::make_shared<movie_tagging::RuleBasedAnalyzer>()}),
      id);
}

absl::StatusOr<std::unique_ptr<CrashWork>> MakeLabWork(size_t number) {
  auto repository = lab_interpretation::CsvLabRepository::Load(PROTOGRAPH_LAB_VISITS);
  if (!repository.ok()) return repository.status();
  const std::vector<lab_interpretation::TestId> visits = (*repository)->visits();
  return WorkOf<lab_interpretation::Interpretation>(lab_interpretation::MakeLabGraph(*repository),
                                                    visits[number * 37 % visits.size()]);
}

}  // namespace

absl::StatusOr<std::unique_ptr<CrashWork>> MakeCrashWork(const std::string& workflow) {
  const size_t dash = workflow.find('-');
  const std::string kind = workflow.substr(0, dash);
  unsigned number = 0;
  if (dash != std::string::npos) {
    std::from_chars(workflow.data() + dash + 1, workflow.data() + workflow.size(), number);
  }
  if (kind == "movie") return MakeMovieWork(number);
  if (kind == "lab") return MakeLabWork(number);
  if (kind == "random") return MakeRandomWork(number);
  if (kind == "five" || kind == "items") {
    film::MovieId id;
    id.set_id(number);
    return WorkOf<film::TagSet>(kind == "five" ? FiveSteps() : Items(), id);
  }
  return absl::InvalidArgumentError("a workflow of no known kind: " + workflow);
}

}  // namespace protograph
