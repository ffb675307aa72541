import socket

s = socket.socket()
s.settimeout(30)
s.connect(("server", 12345))
s.send(b"x" * 300_000)
s.close()
