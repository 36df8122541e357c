#pragma once

#include <string>

namespace fleet::agent {

// The reference page (deploy/reference.md): every rule, every repair and every cure of the guide, from the tables that
// the programs themselves use, so that it cannot say anything else than they do.
std::string ReferenceMarkdown();

}  // namespace fleet::agent
