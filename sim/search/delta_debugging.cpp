#include "sim/search/delta_debugging.hpp"

#include "sim/assert.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <optional>

namespace halfwrite::sim::search {

namespace {

class Reducer {
 public:
  Reducer(std::size_t parts, const StillFails& still_fails, std::uint64_t most_tries)
      : still_fails_(still_fails), most_tries_(most_tries), kept_(parts) {
    std::iota(kept_.begin(), kept_.end(), std::size_t{0});
    answers_[kept_] = true;
  }

  Reduction reduce(const Parts& guess) {
    if (!guess.empty()) (void)keep_if_failing(guess);
    (void)keep_if_failing({});
    std::size_t pieces = 2;
    while (kept_.size() >= 2 && !spent()) {
      pieces = std::min(pieces, kept_.size());
      if (cut_to_one_piece(pieces)) {
        pieces = 2;
      } else if (pieces == kept_.size()) {
        break;
      } else {
        // Half as long pieces, whether or not some went: what the others still need is found below.
        pieces = 2 * cut_pieces_out(pieces);
      }
    }
    const bool minimal = cut_single_parts();
    return {kept_, tries_, minimal};
  }

 private:
  bool spent() const { return tries_ >= most_tries_; }

  // Nothing: there are no tries left.
  std::optional<bool> fails(const Parts& parts) {
    const auto known = answers_.find(parts);
    if (known != answers_.end()) return known->second;
    if (spent()) return std::nullopt;
    ++tries_;
    const bool answer = still_fails_(parts);
    answers_.emplace(parts, answer);
    return answer;
  }

  bool keep_if_failing(Parts parts) {
    if (!fails(parts).value_or(false)) return false;
    kept_ = std::move(parts);
    return true;
  }

  Parts piece(std::size_t number, std::size_t pieces) const {
    const std::size_t from = kept_.size() * number / pieces;
    const std::size_t to = kept_.size() * (number + 1) / pieces;
    return {kept_.begin() + static_cast<std::ptrdiff_t>(from),
            kept_.begin() + static_cast<std::ptrdiff_t>(to)};
  }
  Parts without(const Parts& removed) const {
    Parts rest;
    std::set_difference(kept_.begin(), kept_.end(), removed.begin(), removed.end(),
                        std::back_inserter(rest));
    return rest;
  }

  bool cut_to_one_piece(std::size_t pieces) {
    for (std::size_t number = 0; number < pieces; ++number)
      if (keep_if_failing(piece(number, pieces))) return true;
    return false;
  }
  // Leaves out what can go of each piece in turn, not beginning anew after each; gives how many
  // pieces are left.
  std::size_t cut_pieces_out(std::size_t pieces) {
    if (pieces == 2) return pieces;  // the complements of two halves are the halves
    std::vector<Parts> all;
    for (std::size_t number = 0; number < pieces; ++number) all.push_back(piece(number, pieces));
    std::size_t left = pieces;
    for (const Parts& each : all) left -= keep_if_failing(without(each)) ? 1 : 0;
    return left;
  }

  // Round after round until no single part can go. True: it was seen that none can.
  bool cut_single_parts() {
    for (bool some_went = true; some_went;) {
      some_went = false;
      for (std::size_t at = 0; at < kept_.size();) {
        const Parts rest = without({kept_[at]});
        const std::optional<bool> answer = fails(rest);
        if (!answer) return false;
        if (*answer) {
          kept_ = rest;
          some_went = true;
        } else {
          ++at;
        }
      }
    }
    return true;
  }

  const StillFails& still_fails_;
  std::uint64_t most_tries_;
  std::uint64_t tries_ = 0;
  Parts kept_;
  std::map<Parts, bool> answers_;
};

}  // namespace

Reduction reduce(std::size_t parts, const StillFails& still_fails, std::uint64_t most_tries,
                 const Parts& guess) {
  HALFWRITE_ASSERT(std::is_sorted(guess.begin(), guess.end()),
                   "a guess lists its parts in ascending order");
  HALFWRITE_ASSERT(guess.empty() || guess.back() < parts, "a guess names a part that is not there");
  return Reducer(parts, still_fails, most_tries).reduce(guess);
}

}  // namespace halfwrite::sim::search
