#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "agent/store/document.h"
#include "agent/store/file_stat.h"
#include "agent/store/layout.h"

namespace fleet::agent {

// What is kept of the messages of one session: sums and extremes, so that a store of a million messages takes the space
// of its sessions. By itself a message is kept only when a rule has something to say about it.

// A message that a rule speaks of by itself; the others are only counted.
struct NotedMessage {
  std::string id;       // of the document, when it is not the one in the file's name
  std::string session;  // that it names, when it is not the one whose conversation it lies in
  bool assistant = false;
  bool completed = false;
  bool has_assistant_section = false;
  std::int64_t parts = 0;
  std::int64_t unresolved = 0;
  std::int64_t created_ms = 0;
  FileStat stat;
};

// The message of a conversation that was created last. Without an id when it was forgotten: then only its time is
// known.
struct LastMessage {
  std::string id;
  std::int64_t created_ms = 0;
  bool has_error = false;
};

// The conversation directory of one session.
struct Conversation {
  std::string path;           // of the directory
  std::int64_t messages = 0;  // readable ones
  std::int64_t damaged = 0;   // *.json files that are not
  std::int64_t bytes = 0;
  std::int64_t oldest_ms = 0;      // metadata.time.created of readable messages; 0 when there is none
  std::int64_t newest_ms = 0;      // last completed or created
  std::int64_t last_mtime_ms = 0;  // of its files; of the directory when there is none

  // The times in the messages' ids, each in the epoch nearest to when the message was created; 0 when none tells.
  std::int64_t first_id_ms = 0;
  std::int64_t last_id_ms = 0;
  LastMessage last = {};
  std::map<std::string, NotedMessage> noted = {};  // by path
};

// Adds a readable message that lies at `path`.
void AddMessage(Conversation& conversation, const std::string& path, const Place& place, const MessageDocument& message,
                const FileStat& stat);

// Takes back what one message added. Of times and sizes only what is certain without reading the others.
void RemoveMessage(Conversation& conversation, const std::string& path, const std::string& id);

}  // namespace fleet::agent
