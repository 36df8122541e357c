#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "agent/store/model.h"

namespace fleet::agent {

// Everything a model says of its root, line by line.
inline std::vector<std::string> Describe(const RootModel& model) {
  std::vector<std::string> lines;
  const auto line = [&](std::string text) { lines.push_back(std::move(text)); };
  const auto at = [](const auto& entry) {
    return entry.path + " " + std::to_string(entry.stat.mtime_ns) + " " + std::to_string(entry.stat.size);
  };
  for (const auto& [id, info] : model.sessions) {
    line("session " + id + " " + at(info) + " " + info.document.title + " " + std::to_string(info.rank));
  }
  for (const auto& [id, talk] : model.conversations) {
    line("conversation " + id + " " + talk.path + " " + std::to_string(talk.messages) + " " +
         std::to_string(talk.damaged) + " " + std::to_string(talk.bytes) + " " + std::to_string(talk.oldest_ms) + " " +
         std::to_string(talk.newest_ms) + " " + std::to_string(talk.last_mtime_ms));
  }
  for (const auto& [id, record] : model.records) line("record " + id + " " + at(record) + " " + record.document.status);
  for (const auto& [id, index] : model.indexes) {
    line("index " + id + " " + at(index) + " " + std::to_string(index.document.entries.size()));
  }
  if (model.guide_index) line("guide index " + at(*model.guide_index));
  for (const auto& [path, damaged] : model.damaged) {
    line("damaged " + path + " " + std::to_string(static_cast<int>(damaged.fault.kind)) + " " + damaged.sha256);
  }
  for (const auto& [path, stray] : model.strays) {
    line("stray " + path + " " + std::to_string(static_cast<int>(stray.kind)) + " " + std::to_string(stray.stat.size));
  }
  for (const auto& [path, unreadable] : model.unreadable) line("unreadable " + path);
  for (const std::string& path : model.directories) line("directory " + path);
  for (const std::string& id : model.shares) line("share " + id);
  line(model.has_app_file ? "app file" : "no app file");
  return lines;
}

}  // namespace fleet::agent
