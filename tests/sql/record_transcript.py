#!/usr/bin/env python3
"""Asks a real PostgreSQL for the answers of a list of statements and writes them as a transcript.

usage: record_transcript.py LIST TRANSCRIPT psql-arguments...
Each line of LIST is a statement, or an expression that becomes SELECT <expression>. The statements run in order, each in
a transaction of its own, so the database should be empty. The transcript holds, for each statement, a line "> statement"
and then either ": name type | name type", rows with values separated by "|" (NULL as a bare word), and "= count" for a
change, or "! SQLSTATE message @position".
"""
import re
import subprocess
import sys

WORDS = ("SELECT", "WITH", "VALUES", "INSERT", "UPDATE", "DELETE", "CREATE")


def psql(arguments, script):
    command = ["psql", "-X", "-A", "-t", "-q", "-F", "|", "-P", "null=NULL", "-v", "VERBOSITY=verbose"] + arguments
    return subprocess.run(command, input=script, text=True, capture_output=True)


def failure(error, statement):
    found = re.search(r"ERROR:  (\w{5}): (.*)", error)
    line = f"! {found.group(1)} {found.group(2)}"
    place = re.search(r"LINE 1: (.*)\n( *)\^", error)
    if place and not place.group(1).startswith("...") and statement.startswith(place.group(1).rstrip(".")):
        line += f" @{len(place.group(2)) - len('LINE 1: ') + 1}"
    return [line]


def main():
    source, target, arguments = sys.argv[1], sys.argv[2], sys.argv[3:]
    out = []
    for line in open(source, encoding="utf-8"):
        line = line.rstrip("\n")
        if not line:
            continue
        statement = line if line.split(" ")[0] in WORDS else "SELECT " + line
        out.append("> " + statement)
        described = []
        if not statement.startswith("CREATE"):
            described = psql(arguments, statement + " \\gdesc\n").stdout.splitlines()
        answer = psql(arguments, "\\set QUIET off\n" + statement + "\n\\g\n")
        if "ERROR" in answer.stderr:
            out += failure(answer.stderr, statement)
            continue
        rows = answer.stdout.splitlines()
        tag = rows[-1] if rows and re.match(r"(INSERT|UPDATE|DELETE|CREATE)\b", rows[-1]) else ""
        if tag:
            rows = rows[:-1]
        columns = [d.rsplit("|", 1) for d in described if "|" in d]
        if columns:
            out.append(": " + " | ".join(name + " " + type_name for name, type_name in columns))
        out += ["  " + row for row in rows]
        if tag and not tag.startswith("CREATE"):
            out.append("= " + tag.split(" ")[-1])
    with open(target, "w", encoding="utf-8") as file:
        file.write("\n".join(out) + "\n")


main()
