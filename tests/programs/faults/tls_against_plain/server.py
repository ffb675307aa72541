import socket

s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("", 8443))
s.listen()
conn, address = s.accept()
conn.recv(1024)
conn.sendall(b"welcome\n")
conn.close()
