#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace fleet::agent {

// dgmo writes "<document>.json<13 digits of ms>.tmp" and renames it over the document; killed in between, the
// temporary file stays (catalogue: "How dgmo writes and reads").
struct LitterName {
  std::string target;  // path of the document it was meant to become
  std::int64_t ms = 0;
};
std::optional<LitterName> ParseLitterName(const std::string& path);

}  // namespace fleet::agent
