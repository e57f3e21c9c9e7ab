// Counts the words of a sentence with a graph of two steps.

#include <iostream>

#include "protograph/protograph.h"
#include "steps.h"

int main() {
  absl::StatusOr<protograph::Graph> graph = protograph::GraphBuilder("outside")
                                                .Input<outside::Text>()
                                                .Add<outside::CountWords>()
                                                .Add<outside::MakeReport>()
                                                .Build();
  if (!graph.ok()) {
    std::cerr << graph.status() << "\n";
    return 1;
  }
  outside::Text text;
  text.set_text("seen from outside");
  protograph::ExecCtx ctx;
  absl::StatusOr<outside::Report> report = graph->Execute<outside::Report>(ctx, text);
  if (!report.ok()) {
    std::cerr << report.status() << "\n";
    return 1;
  }
  *report->mutable_graph() = graph->Describe();
  std::cout << "words: " << report->count().words() << ", steps: " << report->graph().steps_size()
            << "\n";
  return 0;
}
