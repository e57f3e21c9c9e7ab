// protograph workers, graphs.

#include <iostream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "fmt/format.h"
#include "protograph/describe.h"
#include "tools/cli/commands.h"
#include "tools/cli/flags.h"
#include "tools/cli/json_writer.h"
#include "tools/cli/published_graph.h"
#include "tools/cli/terminal.h"
#include "tools/cli/text.h"

namespace protograph::cli {
namespace {

// A worker's host is the machine's name and what tells its boots and containers apart.
std::string_view HostName(std::string_view host) { return host.substr(0, host.find('/')); }

std::string Queues(const WorkerRecord& worker) {
  return absl::StrJoin(worker.queues, ",", [](std::string* text, const auto& queue) {
    text->append(queue.second == 1 ? queue.first : fmt::format("{}={}", queue.first, queue.second));
  });
}

std::string WorkerJson(const WorkerRecord& worker) {
  JsonWriter json;
  json.BeginObject();
  json.Key("id").String(worker.owner_id);
  json.Key("alive").Bool(worker.is_alive);
  json.Key("host").String(HostName(worker.host));
  json.Key("process").Int(worker.process_id);
  json.Key("program").String(worker.program);
  json.Key("started_at").Time(worker.started_at);
  json.Key("threads").Int(worker.threads);
  json.Key("running").Int(worker.running);
  json.Key("queues").BeginArray();
  for (const auto& [name, weight] : worker.queues) {
    json.BeginObject().Key("queue").String(name).Key("weight").Int(weight).EndObject();
  }
  json.EndArray();
  json.Key("graphs").BeginArray();
  for (const std::string& graph : worker.graphs) json.String(graph);
  return json.EndArray().EndObject().text();
}

struct WorkersCommand {
  bool all = false;
  bool json = false;
};

absl::StatusOr<ExitCode> ListWorkers(const WorkersCommand& command, const Context& context) {
  absl::StatusOr<Connected> connected = Connect(context);
  if (!connected.ok()) return connected.status();
  absl::StatusOr<std::vector<WorkerRecord>> workers = connected->jobs().Workers();
  if (!workers.ok()) return workers.status();
  Table table(
      {"ID", "STATE", "HOST", "PROCESS", "STARTED", "RUNNING", "THREADS", "QUEUES", "GRAPHS"});
  for (const WorkerRecord& worker : *workers) {
    if (!worker.is_alive && !command.all) continue;
    if (command.json) {
      std::cout << WorkerJson(worker) << '\n';
      continue;
    }
    table.Add({worker.owner_id, worker.is_alive ? "alive" : "dead",
               std::string(HostName(worker.host)), fmt::format("{}", worker.process_id),
               ShortDuration(absl::Now() - worker.started_at) + " ago",
               fmt::format("{}", worker.running), fmt::format("{}", worker.threads), Queues(worker),
               absl::StrJoin(worker.graphs, ",")});
  }
  if (!command.json) std::cout << table.ToText();
  return ExitCode::kOk;
}

struct GraphsCommand {
  std::string name;
  bool dot = false;
  bool mermaid = false;
  bool json = false;
};

// The last parts of their names.
template <class Names>
std::string ShortNames(const Names& names) {
  return absl::StrJoin(names, ", ", [](std::string* text, const std::string& name) {
    text->append(ShortName(name));
  });
}

std::string GraphJson(const PublishedGraph& published, const KnownGraph& graph) {
  const GraphDescription& description = graph.description();
  JsonWriter json;
  json.BeginObject();
  json.Key("graph").String(published.graph);
  json.Key("fingerprint").String(published.fingerprint);
  json.Key("published_at").Time(published.published_at);
  json.Key("inputs").BeginArray();
  for (const std::string& input : description.inputs()) json.String(input);
  json.EndArray();
  json.Key("steps").BeginArray();
  for (const StepDescription& step : description.steps()) {
    json.BeginObject().Key("name").String(step.name()).Key("output").String(step.output());
    json.Key("inputs").BeginArray();
    for (const std::string& input : step.inputs()) json.String(input);
    json.EndArray().Key("max_attempts").Int(step.max_attempts());
    if (!step.retry().empty()) json.Key("retry").String(step.retry());
    json.EndObject();
  }
  return json.EndArray().EndObject().text();
}

std::string GraphText(const PublishedGraph& published, const KnownGraph& graph) {
  const GraphDescription& description = graph.description();
  std::string text =
      fmt::format("{}  fingerprint {}, published {} ago\ninputs: {}\n", published.graph,
                  published.fingerprint, ShortDuration(absl::Now() - published.published_at),
                  absl::StrJoin(description.inputs(), ", "));
  Table table({"STEP", "MAKES", "FROM", "ATTEMPTS"});
  for (const StepDescription& step : description.steps()) {
    table.Add({step.name(), step.output(), ShortNames(step.inputs()),
               fmt::format("{}", step.max_attempts())});
  }
  text += table.ToText();
  for (const std::string& output : description.final_outputs()) {
    text += fmt::format("protograph submit {}.{}", published.graph, ShortName(output));
    for (const std::string& input : graph.NeededInputs(output)) {
      text += " --json " + ShellWord(graph.ExampleJson(input));
    }
    text += '\n';
  }
  return text;
}

absl::StatusOr<ExitCode> ShowGraphs(const GraphsCommand& command, const Context& context) {
  if ((command.dot || command.mermaid) && command.name.empty()) {
    return absl::InvalidArgumentError("--dot and --mermaid draw one graph: give its name");
  }
  absl::StatusOr<Connected> connected = Connect(context);
  if (!connected.ok()) return connected.status();
  absl::StatusOr<std::vector<PublishedGraph>> published = connected->jobs().Graphs();
  if (!published.ok()) return published.status();
  Table table({"GRAPH", "INPUTS", "OUTPUTS", "STEPS", "PUBLISHED", "FINGERPRINT"});
  bool found = false;
  for (const PublishedGraph& one : *published) {
    if (!command.name.empty() && one.graph != command.name) continue;
    found = true;
    absl::StatusOr<std::unique_ptr<KnownGraph>> graph = KnownGraph::Read(one);
    if (!graph.ok()) return graph.status();
    const GraphDescription& description = (*graph)->description();
    if (command.dot || command.mermaid) {
      std::cout << (command.dot ? ToDot(description) : ToMermaid(description));
    } else if (command.json) {
      std::cout << GraphJson(one, **graph) << '\n';
    } else if (!command.name.empty()) {
      std::cout << GraphText(one, **graph);
    } else {
      table.Add({one.graph, ShortNames(description.inputs()),
                 ShortNames(description.final_outputs()),
                 fmt::format("{}", description.steps_size()),
                 ShortDuration(absl::Now() - one.published_at) + " ago", one.fingerprint});
    }
  }
  if (!command.name.empty() && !found) {
    return absl::NotFoundError(
        fmt::format("no worker has published a graph {}: see `protograph graphs`", command.name));
  }
  if (command.name.empty() && !command.json) std::cout << table.ToText();
  return ExitCode::kOk;
}

}  // namespace

void AddWorkers(CLI::App& app, Context& context) {
  CLI::App* const workers =
      app.add_subcommand("workers", "Lists the workers that are alive, the newest first");
  const auto workers_command = std::make_shared<WorkersCommand>();
  workers->add_flag("--all", workers_command->all, "Dead ones too, as long as they are known");
  AddJson(*workers, workers_command->json);
  workers->callback([workers_command, &context] {
    context.command = [workers_command, &context] {
      return ListWorkers(*workers_command, context);
    };
  });

  CLI::App* const graphs = app.add_subcommand(
      "graphs", "Lists the graphs that workers have published, or shows one of them");
  const auto command = std::make_shared<GraphsCommand>();
  graphs->add_option("name", command->name, "The one to show");
  CLI::Option* const dot = graphs->add_flag("--dot", command->dot, "As a picture, for Graphviz");
  CLI::Option* const mermaid =
      graphs->add_flag("--mermaid", command->mermaid, "As a picture, for Mermaid")->excludes(dot);
  AddJson(*graphs, command->json)->excludes(dot)->excludes(mermaid);
  graphs->callback([command, &context] {
    context.command = [command, &context] { return ShowGraphs(*command, context); };
  });
}

}  // namespace protograph::cli
