import socket

for question in [b"one", b"two"]:
    s = socket.socket()
    s.connect(("server", 12345))
    s.sendall(question)
    print(s.recv(1024).decode())
    s.close()
