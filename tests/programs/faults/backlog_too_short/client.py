import socket

sockets = [socket.socket() for _ in range(4)]
for s in sockets:
    s.connect(("server", 12345))
for s in sockets:
    print(s.recv(1024).decode())
    s.close()
