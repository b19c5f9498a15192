"""A forked child is used like any other, however odd the process is that it comes from."""

import subprocess
import sys
import textwrap

_IMPORTS = """
import os, signal, sys
from realtime.forked_process import fork_process
"""


def run(script: str, *, begin: str = 'exec "$@"') -> "subprocess.CompletedProcess[str]":
    """Run a script that forks, with outputs that are buffered as a service's are."""
    code = _IMPORTS + textwrap.dedent(script)
    command = ["sh", "-c", begin, "sh", "env", "-u", "PYTHONUNBUFFERED", sys.executable, "-c", code]
    return subprocess.run(command, check=False, capture_output=True, text=True)


def test_a_child_that_was_killed_as_it_waited_ends_as_one_that_has_begun() -> None:
    ran = run("""
        child = fork_process("child", lambda told: True)
        os.kill(child.pid, signal.SIGKILL)
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)

        child.begin()
        with child.notices as notices, child:
            assert notices.read() == b""
        assert child.returncode == -signal.SIGKILL
    """)

    assert (ran.returncode, ran.stderr) == (0, "")


def test_a_child_is_waited_for_where_the_system_does_so_by_itself() -> None:
    ran = run("""
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        child = fork_process("child", lambda told: True)
        child.begin()
        assert child.wait() == 0
    """)

    assert (ran.returncode, ran.stderr) == (0, "")


def test_a_child_never_goes_on_with_the_work_of_whoever_forked_it() -> None:
    ran = run("""
        def say_to_nobody(told):
            reading, writing = os.pipe()
            os.dup2(writing, 1)
            os.close(reading)
            os.close(writing)
            print("word")
            return True

        try:
            child = fork_process("child", say_to_nobody)
        finally:
            print("behind it", file=sys.stderr)
        child.begin()
        child.wait()
    """)

    assert (ran.returncode, ran.stderr.count("behind it")) == (0, 1)


def test_roles_run_in_a_child_of_a_process_without_an_input() -> None:
    ran = run(
        """
        from realtime.beside import run_beside

        class NoRoles:
            def start(self): pass
            def reports(self, stuck_seconds): return {}
            def stop(self): return True

        assert sys.stdin is None
        child = fork_process("child", lambda told: run_beside(NoRoles(), 60.0, told))
        child.begin()
        assert child.notices.readline().startswith(b"{")
        child.stdin.close()
        assert child.wait() == 0
        """,
        begin='exec "$@" <&-',
    )

    assert (ran.returncode, ran.stderr) == (0, "")
