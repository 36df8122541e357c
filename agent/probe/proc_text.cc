#include "agent/probe/proc_text.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <limits>

namespace fleet::agent {

namespace {

constexpr std::string_view kBlanks = " \t";

// Takes what is before the next blank off the text; empty at its end.
std::string_view Word(std::string_view& text) {
  const std::size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) {
    text = {};
    return {};
  }
  text.remove_prefix(begin);
  const std::string_view word = text.substr(0, text.find_first_of(kBlanks));
  text.remove_prefix(word.size());
  return word;
}

// Takes a line off the text, without its end.
std::string_view Line(std::string_view& text) {
  const std::string_view line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(text.size(), line.size() + 1));
  return line;
}

template <typename Number>
std::optional<Number> NumberOf(std::string_view text, int base = 10) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<double> DecimalOf(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// The word of this index, which is to be a number.
std::optional<std::int64_t> NumberAt(std::string_view text, int index) {
  std::string_view word;
  for (int i = 0; i <= index; ++i) word = Word(text);
  return NumberOf<std::int64_t>(word);
}

// "MemTotal:  16316412 kB"
std::optional<std::int64_t> BytesOf(std::string_view text, std::string_view name) {
  while (!text.empty()) {
    std::string_view line = Line(text);
    if (Word(line) != name) continue;
    const std::optional<std::int64_t> kib = NumberOf<std::int64_t>(Word(line));
    if (!kib || *kib < 0 || *kib > std::numeric_limits<std::int64_t>::max() / 1024) return std::nullopt;
    return *kib * 1024;
  }
  return std::nullopt;
}

// Addresses are printed as words of the machine's own byte order.
std::optional<std::vector<unsigned char>> AddressBytes(std::string_view hex) {
  std::vector<unsigned char> bytes;
  for (; hex.size() >= 8; hex.remove_prefix(8)) {
    const std::optional<std::uint32_t> word = NumberOf<std::uint32_t>(hex.substr(0, 8), 16);
    if (!word) return std::nullopt;
    unsigned char four[4];
    std::memcpy(four, &*word, sizeof four);
    bytes.insert(bytes.end(), four, four + sizeof four);
  }
  if (!hex.empty()) return std::nullopt;
  return bytes;
}

Listener::Address KindOf(const std::vector<unsigned char>& address) {
  bool zeros = true;
  for (std::size_t i = 0; i + 1 < address.size(); ++i) zeros = zeros && address[i] == 0;
  if (zeros && address.back() == 0) return Listener::Address::kAny;
  const bool loopback = address.size() == 4 ? address[0] == 127 : zeros && address.back() == 1;
  return loopback ? Listener::Address::kLoopback : Listener::Address::kOther;
}

// "::ffff:127.0.0.1": an IPv4 address to the program that made the socket.
bool IsMapped(const std::vector<unsigned char>& address) {
  static constexpr unsigned char kPrefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
  return address.size() == 16 && std::memcmp(address.data(), kPrefix, sizeof kPrefix) == 0;
}

// Blanks and the like are written as "\040".
std::string Unescape(std::string_view text) {
  std::string plain;
  while (!text.empty()) {
    const std::optional<unsigned> code =
        text[0] == '\\' && text.size() >= 4 ? NumberOf<unsigned>(text.substr(1, 3), 8) : std::nullopt;
    plain += code && *code < 256 ? static_cast<char>(*code) : text[0];
    text.remove_prefix(code && *code < 256 ? 4 : 1);
  }
  return plain;
}

}  // namespace

std::optional<ProcessStat> ParseProcessStat(std::string_view text) {
  // The name is in brackets and may hold brackets and blanks itself.
  const std::size_t open = text.find('(');
  const std::size_t close = text.rfind(')');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) return std::nullopt;
  std::string_view rest = text.substr(close + 1);
  if (!rest.empty() && rest.back() == '\n') rest.remove_suffix(1);
  std::string_view state_text = rest;
  const std::string_view state = Word(state_text);
  // Field 3 of the page is the first behind the name.
  const auto field = [&](int number) { return NumberAt(rest, number - 3); };
  const auto user = field(14);
  const auto system = field(15);
  const auto start = field(22);
  const auto rss = field(24);
  if (state.size() != 1 || !user || !system || !start || !rss) return std::nullopt;
  if (*user < 0 || *system < 0 || *user > std::numeric_limits<std::int64_t>::max() - *system) return std::nullopt;
  return ProcessStat{std::string(text.substr(open + 1, close - open - 1)), state[0], *user + *system, *start, *rss};
}

std::vector<std::string> ParseCommandLine(std::string_view text, std::size_t most) {
  std::vector<std::string> arguments;
  while (!text.empty() && arguments.size() < most) {
    const std::string_view argument = text.substr(0, text.find('\0'));
    arguments.emplace_back(argument);
    text.remove_prefix(std::min(text.size(), argument.size() + 1));
  }
  return arguments;
}

std::optional<std::int64_t> ParseOpenFileLimit(std::string_view text) {
  constexpr std::string_view kName = "Max open files";
  while (!text.empty()) {
    std::string_view line = Line(text);
    if (line.substr(0, kName.size()) != kName) continue;
    line.remove_prefix(kName.size());
    const std::string_view soft = Word(line);
    return soft == "unlimited" ? 0 : NumberOf<std::int64_t>(soft);
  }
  return std::nullopt;
}

std::optional<MemoryFacts> ParseMeminfo(std::string_view text) {
  const std::optional<std::int64_t> total = BytesOf(text, "MemTotal:");
  const std::optional<std::int64_t> available = BytesOf(text, "MemAvailable:");
  if (!total || !available) return std::nullopt;
  return MemoryFacts{*total, *available, std::nullopt};
}

std::optional<double> ParseFullAvg60(std::string_view text) {
  constexpr std::string_view kName = "avg60=";
  while (!text.empty()) {
    std::string_view line = Line(text);
    if (Word(line) != "full") continue;
    for (std::string_view word = Word(line); !word.empty(); word = Word(line)) {
      if (word.substr(0, kName.size()) == kName) return DecimalOf(word.substr(kName.size()));
    }
  }
  return std::nullopt;
}

std::optional<DescriptorUse> ParseFileNr(std::string_view text) {
  const std::string_view line = Line(text);
  const std::optional<std::int64_t> open = NumberAt(line, 0);
  const std::optional<std::int64_t> most = NumberAt(line, 2);
  if (!open || !most) return std::nullopt;
  return DescriptorUse{*open, *most};
}

std::optional<std::vector<double>> ParseLoadAverages(std::string_view text) {
  std::vector<double> averages;
  for (int i = 0; i < 3; ++i) {
    const std::optional<double> average = DecimalOf(Word(text));
    if (!average) return std::nullopt;
    averages.push_back(*average);
  }
  return averages;
}

std::optional<SocketLine> ParseSocketLine(std::string_view line, IpFamily family) {
  constexpr std::string_view kListen = "0A";
  Word(line);
  const std::string_view local = Word(line);
  Word(line);
  const std::string_view state = Word(line);
  const std::string_view queues = Word(line);
  Word(line);
  Word(line);
  const auto uid = NumberOf<std::uint32_t>(Word(line));
  Word(line);
  const auto inode = NumberOf<std::uint64_t>(Word(line));
  const std::size_t local_colon = local.find(':');
  const std::size_t queue_colon = queues.find(':');
  if (local_colon == std::string_view::npos || queue_colon == std::string_view::npos) return std::nullopt;
  const auto address = AddressBytes(local.substr(0, local_colon));
  const auto port = NumberOf<std::uint16_t>(local.substr(local_colon + 1), 16);
  const auto waiting = NumberOf<std::uint32_t>(queues.substr(queue_colon + 1), 16);
  if (!address || address->size() != (family == IpFamily::kIpv4 ? 4 : 16)) return std::nullopt;
  if (!port || !uid || !inode || !waiting) return std::nullopt;
  Listener listener;
  listener.port = *port;
  listener.family = IsMapped(*address) ? IpFamily::kIpv4 : family;
  listener.address = KindOf(IsMapped(*address) ? std::vector(address->begin() + 12, address->end()) : *address);
  listener.uid = *uid;
  listener.inode = *inode;
  listener.waiting = *waiting;
  return SocketLine{state == kListen, listener};
}

std::optional<Mount> ParseMountLine(std::string_view line) {
  Mount mount;
  const auto id = NumberOf<std::uint64_t>(Word(line));
  Word(line);
  mount.device = Word(line);
  Word(line);
  mount.mount_point = Unescape(Word(line));
  mount.options = Word(line);
  std::string_view word = Word(line);
  while (!word.empty() && word != "-") word = Word(line);  // any number of optional fields
  mount.type = Word(line);
  mount.source = Unescape(Word(line));
  mount.file_system_options = Word(line);
  if (!id || mount.mount_point.empty() || mount.type.empty()) return std::nullopt;
  mount.id = *id;
  return mount;
}

bool HasOption(std::string_view options, std::string_view option) {
  while (!options.empty()) {
    const std::string_view one = options.substr(0, options.find(','));
    if (one == option) return true;
    options.remove_prefix(std::min(options.size(), one.size() + 1));
  }
  return false;
}

std::optional<KillRecord> ParseKillRecord(std::string_view record) {
  // "3,1234,5678901234,-;Out of memory: Killed process 4321 (bun) total-vm:..."
  constexpr std::string_view kKilled = "Killed process ";
  const std::size_t head_end = record.find(';');
  const std::size_t killed = record.find(kKilled, head_end == std::string_view::npos ? record.size() : head_end);
  if (killed == std::string_view::npos) return std::nullopt;
  std::string_view head = record.substr(0, head_end);
  for (int i = 0; i < 2; ++i) head.remove_prefix(std::min(head.size(), head.find(',') + 1));
  const auto at = NumberOf<std::int64_t>(head.substr(0, head.find(',')));
  std::string_view rest = record.substr(killed + kKilled.size());
  const auto pid = NumberOf<int>(Word(rest));
  const std::size_t open = rest.find('(');
  const std::size_t close = rest.find(") ");
  if (!at || !pid || open == std::string_view::npos || close == std::string_view::npos || close < open) {
    return std::nullopt;
  }
  return KillRecord{std::string(rest.substr(open + 1, close - open - 1)), *pid, *at};
}

bool NamesLocalhost(std::string_view hosts) {
  while (!hosts.empty()) {
    std::string_view line = Line(hosts);
    line = line.substr(0, line.find('#'));
    if (Word(line).empty()) continue;
    for (std::string_view name = Word(line); !name.empty(); name = Word(line)) {
      if (name == "localhost") return true;
    }
  }
  return false;
}

}  // namespace fleet::agent
