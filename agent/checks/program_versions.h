#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace fleet::agent {

// The numbers of the first version in a text such as "dgmo 0.2.13-beta"; nullopt when there is none ("dev").
using VersionNumbers = std::array<int, 3>;
std::optional<VersionNumbers> VersionIn(std::string_view text);

// Whether the installed version is the wanted one or begins with it: "0.2" wants any 0.2.x.
bool IsWanted(std::string_view installed, std::string_view wanted);

}  // namespace fleet::agent
