#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/repair/plan.h"
#include "agent/repair/planned_root.h"

namespace fleet::agent {

// Bytes that may take the place of a document, and what stands in the way of putting them there.

// The document in the bytes when it is whole, of the place's class and, where the class has an id, of its id.
std::optional<Document> AsDocumentOf(const PlannedRoot& root, const Place& place, std::string_view bytes);

// The newest good copy of the document in a backup, with a sentence of its age that warns of what is lost.
struct BackedUp {
  std::string bytes;
  std::string note;
};
std::optional<BackedUp> FromBackup(const PlannedRoot& root, const Place& place, const std::string& path);

// The bytes without the NUL bytes and white space at their end; nullopt when there are none.
std::optional<std::string> WithoutTail(std::string_view bytes);

// A temporary file that never became its document.
struct Litter {
  std::string path;
  std::int64_t ms = 0;               // from its name
  std::optional<Document> document;  // nullopt: not usable
};
// All litter of one target, newest first.
std::vector<Litter> LitterOf(const PlannedRoot& root, const std::string& target);

// Why nothing may be written at a path: a link or directory has the name, or it could not be looked at.
std::optional<Refusal> ObstacleAt(const PlannedRoot& root, const std::string& path);

// Why an id cannot stand in a document: a file name need not be UTF-8, JSON is.
std::optional<Refusal> NotWritable(const std::string& id);

}  // namespace fleet::agent
