import socket

s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("", 12345))
s.listen()
conn, address = s.accept()
while True:
    data = conn.recv(1024)
    print("message:", data.decode())
