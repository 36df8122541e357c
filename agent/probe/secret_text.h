#pragma once

#include <string_view>

namespace fleet::agent {

// Whether a configuration's text holds a secret: a value behind a key that is named like one, or an address with a
// password in it. References such as {env:NAME} are none. What is no JSON (comments are allowed) holds none that can be
// found. Pure; keeps nothing of the text.
bool HoldsSecret(std::string_view text);

}  // namespace fleet::agent
