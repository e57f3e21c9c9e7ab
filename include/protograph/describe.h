#ifndef PROTOGRAPH_DESCRIBE_H_
#define PROTOGRAPH_DESCRIBE_H_

// Text and pictures of graphs and plans, from their descriptions: also of a graph that is not
// linked into the program, such as one that was stored.

#include <string>

#include "protograph/description.pb.h"

namespace protograph {

// For Graphviz: `dot -Tsvg`.
std::string ToDot(const GraphDescription& graph);

// For Mermaid, which GitHub and GitLab draw in Markdown.
std::string ToMermaid(const GraphDescription& graph);

// For people: what must be brought, and each step with its stage. Ends in a newline.
std::string ToText(const PlanDescription& plan);

}  // namespace protograph

#endif  // PROTOGRAPH_DESCRIBE_H_
