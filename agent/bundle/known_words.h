#pragma once

#include <string_view>

namespace fleet::agent {

// What may pass into a bundle because dgmo, its layouts, its documents or the system named it, and no user did. Pure.

// A component of a path: a folder or file of the layouts, a document by its id, a log or backup by its time.
bool IsKnownComponent(std::string_view component);

// A setting whose value is one of a few known words, an address, or the name of a model.
enum class SettingKind : unsigned char { kFree, kWord, kAddress };
SettingKind KindOfSetting(std::string_view key);

// A program that MCP servers are started with.
bool IsKnownProgram(std::string_view name);

// The name of an errno, such as ENOENT.
bool IsErrnoName(std::string_view name);

// Evidence of findings under such a key is text of the product's own; under others it may be of a document.
bool IsOwnText(std::string_view evidence_key);

// A number, time, version or size, such as 12 %, 4 GiB, 2025-07-08T09:16:37.438Z or 1.9.0.
bool IsQuantity(std::string_view text);

// ".json" and the like, when the name ends in a known one; else empty.
std::string_view KnownExtension(std::string_view name);

}  // namespace fleet::agent
