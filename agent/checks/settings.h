#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "common/pattern_catalogue.h"

namespace fleet::agent {

// Every threshold and expectation of the rules, with the catalogue's values; a configuration may give others.
struct CheckSettings {
  // Sessions and sub-sessions: idle longer than this without a live dgmo is over.
  std::int64_t stale_ms = 30 * 60'000;

  // The agent's own folder, where earlier checks are remembered; empty: nothing is.
  std::string state_folder;

  // Memory: whether every home is to have a Qdrant, and what its MCP server is to use (catalogue: "Collection").
  bool memory_required = false;
  std::string qdrant_url = "http://localhost:6333";
  std::string qdrant_collection = "AgentMemories";
  std::string embedding_model = "sentence-transformers/all-MiniLM-L6-v2";

  // More about it: the key of homes that give none (a secret), what vectors of that model look like, and the storage
  // folder of the local server (empty: where its process has it, or custom).
  std::string qdrant_api_key;
  std::int64_t qdrant_vector_size = 384;
  std::string qdrant_distance = "Cosine";
  std::string qdrant_storage;
  // Limits of one call: until connected, and until answered.
  std::int64_t qdrant_connect_limit_ms = 2'000;
  std::int64_t qdrant_answer_limit_ms = 10'000;
  // A local server whose process is younger than this may still be loading its collections; its port is closed
  // until it has them all.
  std::int64_t qdrant_loading_ms = 10 * 60'000;
  // Checks in a row that end in a time-out before that is critical.
  std::int64_t qdrant_timeouts = 3;
  // Fewer points than this part of what was remembered is a loss, in percent.
  std::int64_t qdrant_kept_percent = 90;
  // Points whose payload is looked at.
  int qdrant_sample = 50;
  // Median search: worth a word, and slow.
  std::int64_t qdrant_sluggish_ms = 100;
  std::int64_t qdrant_slow_ms = 500;

  // MCP servers: limit of one call to a remote one.
  std::int64_t mcp_answer_limit_ms = 10'000;

  // Versions that every home is to run, or their beginnings: "0.2" stands for all of 0.2. Empty: any.
  std::string dgmo_version;
  std::string bun_version;
  // Logs: what is looked for; how far back it counts; how much is read of the end of a file met for the first time, and
  // of all files in one sweep; how many of the last written messages and records are searched for errors.
  std::shared_ptr<const PatternCatalogue> patterns = PatternCatalogue::BuiltIn();
  std::int64_t log_window_ms = 24 * 3'600'000;
  std::int64_t log_first_bytes = std::int64_t{8} << 20;
  std::int64_t log_sweep_bytes = std::int64_t{64} << 20;
  std::size_t most_recent_errors = 200;
  // So many starts within so long, each ending in an error, are a crash loop.
  std::size_t crash_loop_starts = 3;
  std::int64_t crash_loop_ms = 5 * 60'000;
  // A log larger than this is oversized: in a workspace of the guide, and anywhere else.
  std::int64_t guide_log_limit_bytes = std::int64_t{10} << 20;
  std::int64_t log_limit_bytes = std::int64_t{100} << 20;
  // Where dgmo leaves its list of executed tasks.
  std::string temporary_folder = "/tmp";
  // File systems of data and backups: whichever of free and used is worse counts.
  double disk_free_low_gib = 10;
  double disk_free_critical_gib = 1;
  double disk_used_low_percent = 90;
  double disk_used_critical_percent = 98;
  double inodes_free_low_percent = 10;
  double inodes_free_critical_percent = 2;

  // Open files, of what a process and the whole machine may have.
  double fd_used_percent = 80;
  double fd_system_used_percent = 90;

  // Memory: available below, or everything waiting for it above, or a process of ours ended for want of it lately.
  double memory_available_percent = 10;
  double memory_pressure_percent = 10;
  std::int64_t memory_kill_recent_ms = 60 * 60'000;

  // Loading sessions. Fewer than a hundred may take as long as a hundred.
  double listing_ms_per_100_sessions = 100;
  double info_read_ms = 100;
  double whole_load_ms = 30'000;
  double unusable_load_ms = 30 * 60'000;

  // Programs that may listen on Qdrant's port: Qdrant, and what container tools put there for it.
  std::vector<std::string> qdrant_programs = {
      "qdrant", "docker-proxy", "rootlesskit", "rootlessport", "conmon", "slirp4netns", "com.docker.backend",
      "pasta",  "pasta.avx2",   "ssh",         "kubectl",      "systemd"};
  // Backups: how much of the newest work a loss may take away (catalogue: "Objectives").
  std::int64_t sessions_rpo_ms = 15 * 60'000;
  std::int64_t qdrant_rpo_ms = 5 * 60'000;
  // Where backups are looked for besides the places of a home; absolute. They may be links.
  std::vector<std::string> backup_folders;
  // How many bytes of backups not verified yet one look at a home reads, beyond the newest of each kind.
  std::int64_t backup_verify_bytes = std::int64_t{256} << 20;
};

}  // namespace fleet::agent
