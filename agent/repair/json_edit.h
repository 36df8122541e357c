#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace fleet::agent {

// Changes single values of a JSON text and leaves every other byte as it is: unknown keys, layout, half surrogate
// pairs, and, where people write them although dgmo does not read them, comments and trailing commas. Pure. The text is
// known to be JSON; of what is none, nullopt comes back, or the text as far as it went.

using JsonStep = std::variant<std::string, std::size_t>;  // a key, or an element counted from 0
using JsonPath = std::vector<JsonStep>;

// "/mcp/docs/url" as RFC 6901 has it. Elements of arrays come as keys, and are found as such too.
JsonPath PathOfPointer(std::string_view pointer);

// The bytes of the value there; nullopt when there is none.
std::optional<std::string> JsonAt(std::string_view text, const JsonPath& path);

// The keys of the object there, in order; nullopt when it is no object.
std::optional<std::vector<std::string>> JsonKeys(std::string_view text, const JsonPath& path);

// How many elements the array there has; nullopt when it is no array.
std::optional<std::size_t> JsonSize(std::string_view text, const JsonPath& path);

// The value there replaced by `json`; a key that its object lacks is added behind the others, laid out like them.
// nullopt when the way there is missing.
std::optional<std::string> WithJson(std::string_view text, const JsonPath& path, std::string_view json);

// Without the member or element there; nullopt when there is none. Not for texts with trailing commas.
std::optional<std::string> WithoutJson(std::string_view text, const JsonPath& path);

}  // namespace fleet::agent
