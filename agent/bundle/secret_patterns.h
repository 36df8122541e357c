#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace fleet::agent {

// What gives a secret away: the name it goes by, or its own shape. Bytes in, bytes out; pure, any thread.

// Stands where something was taken out.
inline constexpr std::string_view kRedacted = "[redacted]";

// Whether a name means a secret: token, apiKey, X-Auth-Token, OPENAI_API_KEY, db_password, ...
bool IsSecretName(std::string_view name);

// Whether the text has the shape of a secret somewhere: the prefixes of well-known services, a JSON web token, a PEM
// block, or a long run of random letters and digits.
bool HasSecretShape(std::string_view text);

// The text without secrets: values of secret names (key=value, JSON, headers, options), user, path and query of URLs,
// everything with a secret's shape. Takes out too much rather than too little. Adds to `count` how many were.
std::string WithoutSecrets(std::string_view text, std::int64_t& count);

}  // namespace fleet::agent
